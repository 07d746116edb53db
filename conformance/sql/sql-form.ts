/** A piece of SQL as a single-tenant service writes it, with what becomes of it. `:who` stands for the customer. */
export interface SqlForm {
  readonly name: string
  readonly migrations: readonly string[]
  readonly statements: readonly string[]
  /** What comes when every customer has rows: another migration, and what the service then runs. */
  readonly later?: { readonly migration: string; readonly statements: readonly string[] }
  /** Tables of reference data. */
  readonly shared?: readonly string[]
  /** The code of the error that refuses it at migration time. Without it, the form runs as for one customer. */
  readonly refused?: string
  /** One statement fails with another SQLSTATE than for one customer. */
  readonly differs?: {
    readonly statement: number
    readonly plain: string
    readonly isolated: string
    readonly mend: string
  }
}
