/** Who operates: someone who signed in, or who holds the admin token. */
export interface Operator {
  /** The issuer's `sub`, or `admin-token`. */
  readonly subject: string
  /** What a person would call them. */
  readonly name: string
}

/** Whoever holds the admin token: it is one for all. */
export const adminTokenHolder: Operator = { subject: 'admin-token', name: 'admin token' }
