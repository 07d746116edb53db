import type { Tenant } from '@tenantry/context'
import type { DriverQuery } from './driver.ts'

/** Is told of every statement of a tenant's. */
export interface StatementObserver {
  /** A statement of the tenant's is asked for. */
  asked(tenant: Tenant): void
  /**
   * The database answered it. `ms` is the time from its sending to the end of its answer, `rows` how many it returned or changed; one that failed has none. `begin`
   * and `commit` are statements too; what the pool sends by itself, such as leases, is none.
   */
  answered(tenant: Tenant, ms: number, rows: number): void
}

/** Tells `observer` of the statement, now and when it is over. To be called before others look at its answers. */
export function observeStatement(query: DriverQuery, tenant: Tenant, observer: StatementObserver): void {
  const { submit, handleCommandComplete, handleError } = query
  observer.asked(tenant)
  let sentAtMs = 0
  query.submit = (connection) => {
    sentAtMs = performance.now()
    return submit.call(query, connection)
  }
  query.handleCommandComplete = (message, connection) => {
    observer.answered(tenant, performance.now() - sentAtMs, rowsOf(message))
    handleCommandComplete.call(query, message, connection)
  }
  query.handleError = (error, connection) => {
    // What was refused before it was sent asked nothing of the database.
    if (sentAtMs > 0) observer.answered(tenant, performance.now() - sentAtMs, 0)
    handleError.call(query, error, connection)
  }
}

/** The count at the end of a command's tag, such as `INSERT 0 5` (PostgreSQL, Message Formats: CommandComplete). */
function rowsOf(message: unknown): number {
  const { text = '' } = message as { text?: string }
  const rows = Number(text.slice(text.lastIndexOf(' ') + 1))
  return Number.isInteger(rows) ? rows : 0
}
