import type { DriverConnection } from './driver.ts'
import type { OwnAnswers } from './own-answers.ts'

/** A statement of ours that runs in front of another, and returns no row. */
export interface FirstStatement {
  /** Empty when it is not to stay prepared. */
  readonly name: string
  readonly text: string
  readonly values: string[]
}

/** Sets the lease until the transaction ends. */
export function leaseStatement(lease: string, { prepared }: { prepared: boolean }): FirstStatement {
  return {
    name: prepared ? 'tenantry lease' : '',
    // The condition is never true: no row is sent back.
    text: `select where pg_catalog.set_config('tenantry.lease', $1, true) is null`,
    values: [lease],
  }
}

/** Sets every setting back, and closes cursors that were held: their rows are another tenant's. */
export const resetStatements: readonly FirstStatement[] = ['reset all', 'close all'].map((text) => ({
  name: '',
  text,
  values: [],
}))

/**
 * Sends a statement in front of the query: bind and execute, then the query's own messages with their Sync. One round
 * trip and one transaction, at whose end what was set is gone.
 */
export function sendFirst(
  connection: DriverConnection,
  answers: OwnAnswers,
  { name, text, values }: FirstStatement,
): void {
  answers.expect('statement')
  if (!name || connection.parsedStatements[name] === undefined) connection.parse({ name, text })
  if (name) connection.parsedStatements[name] = text
  connection.bind({ statement: name, portal: '', values })
  connection.execute({ portal: '', rows: 0 })
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
