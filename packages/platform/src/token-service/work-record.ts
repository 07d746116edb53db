/** Work that no request began, as it goes on record before the token for it is given away. */
export interface WorkRecord {
  readonly workload: string
  readonly tenant: string
  readonly reason: string
  /** The transaction's id: what all that the work does is found under. */
  readonly txn: string
}

/** Central work, as it goes on record before the key for it is given away. */
export interface CentralRecord {
  readonly workload: string
  readonly database: string
  readonly reason: string
  /** The transaction's id. */
  readonly txn: string
}
