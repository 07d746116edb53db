import type { DriverConnection, DriverQuery, RowDescription } from './driver.ts'
import { readKind } from './statement-kind.ts'

const statementsMax = 100
const longMs = 10

interface Statement {
  /** None at its first use: a text that is used once is not worth a statement. */
  name: string | undefined
  columns: RowDescription | 'none' | undefined
  /** How long its last run took. */
  tookMs: number
}

/**
 * Statements that came twice on one connection are prepared there, which gives back more time than the lease takes:
 * PostgreSQL parses and plans them once, and the driver asks for their columns once. The 100 last used are kept. One that
 * ran for more than 10 ms is planned for its values the next time: there a plan that suits them is worth more.
 */
export class PreparedStatements {
  readonly #statements = new Map<string, Statement>()
  #count = 0

  /** Gives the query the statement of its text, when it may have one, and what then submits it. */
  take(query: DriverQuery, connection: DriverConnection, submit: () => unknown): () => unknown {
    const { text, name, values, rows, binary } = query
    const preparable = 'requiresPreparation' in query && !name && !rows && !binary
    if (text === undefined || !preparable || !values?.length) return submit
    const statement = this.#find(text, connection)
    noteTime(query, statement)
    if (!statement.name || statement.tookMs > longMs) return submit
    query.name = statement.name
    const { columns } = statement
    if (columns) return () => submitWithColumns(query, connection, submit, columns)
    keepColumns(query, statement)
    return submit
  }

  /** Everything that was prepared on the connection is gone, or is to be closed by whoever says so. */
  clear(): void {
    this.#statements.clear()
  }

  #find(text: string, connection: DriverConnection): Statement {
    const known = this.#statements.get(text)
    const statement = known ?? { name: undefined, columns: undefined, tookMs: 0 }
    if (known) statement.name ??= `tenantry ${++this.#count}`
    // In the order of their last use, once it matters.
    if (known && this.#statements.size > statementsMax / 2) this.#statements.delete(text)
    this.#statements.set(text, statement)
    if (this.#statements.size > statementsMax) this.#closeOldest(connection)
    return statement
  }

  #closeOldest(connection: DriverConnection): void {
    const [text, { name }] = this.#statements.entries().next().value ?? ['', { name: undefined }]
    this.#statements.delete(text)
    if (!name) return
    connection.close({ type: 'S', name })
    delete connection.parsedStatements[name]
  }
}

// The driver asks for the columns with every statement; those that are known are not sent again.
function submitWithColumns(
  query: DriverQuery,
  connection: DriverConnection,
  submit: () => unknown,
  columns: RowDescription | 'none',
): unknown {
  const { describe } = connection
  connection.describe = () => undefined
  try {
    return submit()
  } finally {
    connection.describe = describe
    if (columns !== 'none') query.handleRowDescription({ ...columns, fields: [...columns.fields] })
  }
}

function noteTime(query: DriverQuery, statement: Statement): void {
  const { handleCommandComplete } = query
  const startedAtMs = performance.now()
  query.handleCommandComplete = (message, connection) => {
    statement.tookMs = performance.now() - startedAtMs
    handleCommandComplete.call(query, message, connection)
  }
}

function keepColumns(query: DriverQuery, statement: Statement): void {
  const { handleRowDescription, handleCommandComplete } = query
  query.handleRowDescription = (message) => {
    statement.columns = message
    handleRowDescription.call(query, message)
  }
  query.handleCommandComplete = (message, connection) => {
    statement.columns ??= 'none'
    handleCommandComplete.call(query, message, connection)
  }
}

/** True when the error may say that what was prepared on the connection has to be prepared anew. */
export function isOutdated({ name, text }: DriverQuery, { code }: Error & { code?: string }): boolean {
  // "cached plan must not change result type", and "prepared statement does not exist".
  if (code === '0A000') return name !== undefined
  return code === '26000' && readKind(text ?? '').keyword !== 'execute'
}
