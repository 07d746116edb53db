/** A hole, made on purpose. */
export interface SeededHole {
  /** The finding that has to name it. */
  readonly rule: string
  /** What the finding's object has to hold. */
  readonly object: string
  /** What was done to the database. */
  readonly name: string
  /** Makes it, inside a transaction that is rolled back. */
  readonly sql: string
}

/** A hole as a line of a table. */
export function hole(rule: string, object: string, name: string, sql: string): SeededHole {
  return { rule, object, name, sql }
}
