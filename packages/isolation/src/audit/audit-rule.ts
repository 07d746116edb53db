/** `hole`: isolation can be got round. `weaker`: it holds, with less behind it than a database can give. */
export type Severity = 'hole' | 'weaker'

/** One question to a database's catalog. */
export interface AuditRule {
  /** The finding's name, such as `FORCE_MISSING`. It never changes its meaning. */
  readonly name: string
  readonly severity: Severity
  /** What holds when nothing is found. */
  readonly fact: string
  /** The next step when something is. */
  readonly mend: string
  /** A query over `catalogTerms` that gives a row, `object` and `detail`, for each place where the fact does not hold. */
  readonly sql: string
  /** A condition in SQL: whether who audits may read what the query reads. Where not, the finding is `NOT_READ`. */
  readonly readable?: string
}
