import type { DriverConnection } from './driver.ts'
import type { OwnAnswers } from './own-answers.ts'

// The condition is never true: no row is sent back.
const leaseText = `select where pg_catalog.set_config('tenantry.lease', $1, true) is null`
const leaseName = 'tenantry lease'

/** What sets the lease until the transaction ends, for a statement that nothing can be sent in front of. */
export function leaseQuery(lease: string): [text: string, values: string[]] {
  return [leaseText, [lease]]
}

/**
 * Sends the lease in front of the query: bind and execute, then the query's own messages with their Sync. One round
 * trip and one transaction, at whose end what was set is gone. `prepared` when it may stay prepared on the connection.
 */
export function sendLease(
  connection: DriverConnection,
  answers: OwnAnswers,
  lease: string,
  { prepared }: { prepared: boolean },
): void {
  const name = prepared ? leaseName : ''
  answers.expect('statement')
  if (!prepared || connection.parsedStatements[name] === undefined)
    connection.parse({ name, text: leaseText })
  if (prepared) connection.parsedStatements[name] = leaseText
  connection.stream.write(bindAndExecute(name, lease))
}

/**
 * The protocol's Bind and Execute in one piece, of a statement with one parameter in text (PostgreSQL's documentation,
 * Message Formats): every transaction sends them, and the driver would put them together anew.
 */
function bindAndExecute(statement: string, value: string): Buffer {
  const bindLength = 16 + statement.length + value.length
  const bytes = Buffer.allocUnsafe(1 + bindLength + 10).fill(0)
  let at = bytes.writeInt32BE(bindLength, bytes.writeUInt8(0x42))
  at += 1 // The portal has no name.
  at += bytes.write(statement, at, 'latin1') + 1
  at = bytes.writeInt16BE(1, at + 2) // No format: text. One value.
  at = bytes.writeInt32BE(value.length, at)
  at += bytes.write(value, at, 'latin1') + 2 // Results as text.
  bytes.writeInt32BE(9, bytes.writeUInt8(0x45, at)) // Execute: all rows.
  return bytes
}

const resets = ['reset all', 'close all']

/** Sets every setting back, and closes cursors that were held, in front of the query: their rows are another tenant's. */
export function sendResets(connection: DriverConnection, answers: OwnAnswers): void {
  for (const text of resets) {
    answers.expect('statement')
    connection.parse({ name: '', text })
    connection.bind({ statement: '', portal: '', values: [] })
    connection.execute({ portal: '', rows: 0 })
  }
}

/** Makes `random()` unpredictable: who set its seed, or saw some of its numbers, knows the next ones. */
export const reseedText =
  'select pg_catalog.setseed(pg_catalog.hashtext(pg_catalog.gen_random_uuid()::text) / 2147483648.0)'

/**
 * Takes away what a tenant can leave on a connection that no grant prevents. The driver's prepared statements are not
 * among it: nobody can list them, and whose they are they do not say.
 */
export const resetText = `reset all; close all; unlisten *; select pg_catalog.pg_advisory_unlock_all(); ${reseedText}`

/** Takes away what sequences last gave. */
export const sequencesText = 'discard sequences'

/** Takes away all that was prepared. */
export const deallocateText = 'deallocate all'

/** Sends statements that are a transaction of their own, before what is sent next. */
export function sendBatch(connection: DriverConnection, answers: OwnAnswers, text: string): void {
  answers.expect('batch')
  connection.query(text)
}

/** Forgets what the driver believes to be prepared on this connection. */
export function forgetStatements(connection: DriverConnection): void {
  for (const known of [connection.parsedStatements, connection.submittedNamedStatements]) {
    for (const name of Object.keys(known)) delete known[name]
  }
}
