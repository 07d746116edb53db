import type { Connection, Submittable } from 'pg'
import { tenantColumn } from '../database/isolation-roles.ts'

/** The parts of a driver's query object that a statement's answers pass through; cursors have them too. */
export interface DriverQuery extends Submittable {
  text?: string
  name?: string
  queryMode?: string
  handleRowDescription(message: { fields: { name: string }[] }): void
  handleDataRow(message: { fields: unknown[] }): void
  handleCommandComplete(message: unknown, connection: Connection): void
  handleError(error: Error, connection: Connection): void
}

/** The driver's connection, as far as it sends the extended protocol's messages. */
export interface DriverConnection {
  readonly stream: { cork(): void; uncork(): void }
  readonly parsedStatements: Record<string, string>
  readonly submittedNamedStatements: Record<string, string>
  parse(message: { name: string; text: string; types?: number[] }): void
  bind(message: { statement: string; portal: string; values: unknown[] }): void
  execute(message: { portal: string; rows?: number }): void
}

const setter = 'tenantry lease'
const setterText = `select pg_catalog.set_config('tenantry.lease', $1, true)`

/**
 * Sends the lease in front of a statement: bind and execute of a prepared `set_config`, then the statement, then the
 * statement's own Sync. One round trip and one implicit transaction, at whose end the lease is gone.
 */
export function sendLease(connection: DriverConnection, lease: string): void {
  if (connection.parsedStatements[setter] === undefined) {
    connection.parse({ name: setter, text: setterText })
    connection.parsedStatements[setter] = setterText
  }
  connection.bind({ statement: setter, portal: '', values: [lease] })
  connection.execute({ portal: '', rows: 0 })
}

/** Swallows the one row and the one completion that answer a lease, so that the statement sees its own alone. */
export function swallowLeaseAnswer(query: DriverQuery): void {
  const { handleDataRow, handleCommandComplete } = query
  query.handleDataRow = () => {
    query.handleDataRow = handleDataRow
  }
  query.handleCommandComplete = () => {
    query.handleCommandComplete = handleCommandComplete
  }
}

/** Drops the hidden tenant column from whatever the statement returns: `select *` gives what one tenant's table would. */
export function hideTenantColumn(query: DriverQuery): void {
  const { handleRowDescription } = query
  query.handleRowDescription = (message) => {
    const hidden = message.fields.flatMap(({ name }, index) => (name === tenantColumn ? [index] : []))
    if (hidden.length === 0) return handleRowDescription.call(query, message)
    const visible = <T>(fields: T[]) => fields.filter((_, index) => !hidden.includes(index))
    const { handleDataRow } = query
    query.handleDataRow = (row) => handleDataRow.call(query, { ...row, fields: visible(row.fields) })
    handleRowDescription.call(query, { ...message, fields: visible(message.fields) })
  }
}

/** Forgets what the driver believes to be prepared on this connection. */
export function forgetStatements(connection: DriverConnection): void {
  for (const known of [connection.parsedStatements, connection.submittedNamedStatements]) {
    for (const name of Object.keys(known)) delete known[name]
  }
}
