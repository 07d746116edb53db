/** A tenant key as the token service gives it; what it is good for is the isolation room's business. */
export interface TenantKeyAnswer {
  readonly tenant: string
  readonly role: string
  readonly database: string
  readonly kid: number
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
  readonly key: Buffer
}

/** A key for central work; `txn` is what it is on record under. */
export interface CentralKeyAnswer extends TenantKeyAnswer {
  readonly txn: string
}

/** A workload that may call the service that asked. */
export interface Caller {
  /** Its id, which is a deployment's, or its kind for the platform's own processes. */
  readonly workload: string
  /** The one tenant that a silo's deployment calls for; null for any other. */
  readonly tenant: string | null
  /** When the credential that it was known by ends, in milliseconds since 1970. */
  readonly expiresAtMs: number
}

/** One lease key of the token service, without the key itself. */
export interface LeaseKeyState {
  readonly kid: number
  /**
   * `installing` waits for every database to have it, `signing` signs, `expiring` signed what may still be in use, and
   * `removing` is to leave every database.
   */
  readonly state: 'installing' | 'signing' | 'expiring' | 'removing'
  /** Milliseconds since 1970; null for one that was made before it was noted. */
  readonly madeAtMs: number | null
  /** When the last tenant key that it signed is over; null unless it is `expiring` or `removing`. */
  readonly endsAtMs: number | null
}

/** One signing key of transaction tokens, without the key itself. */
export interface TokenKeyState {
  readonly kid: string
  /** `published` is known to verifiers and signs soon, `signing` signs, `expiring` signed what may still live. */
  readonly state: 'published' | 'signing' | 'expiring'
  /** When it begins to sign, in milliseconds since 1970. */
  readonly signsAtMs: number
  /** When the last token that it signed is over; null unless it is `expiring`. */
  readonly endsAtMs: number | null
}
