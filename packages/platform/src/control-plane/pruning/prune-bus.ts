import type { ClientBase } from 'pg'
import { type Deletion, deleteInPieces } from './delete-in-pieces.ts'
import type { Retention } from './retention.ts'

const before = (parameter: string) => `clock_timestamp() - make_interval(secs => ${parameter}::float8 / 1000)`

// An event goes with all its deliveries, and not before each of them is over. What is dead or quarantined waits for an
// operator, what is parked for its tenant; both are not over. Deliveries are found by their keys, whatever the planner knows
// of the table: to read it as a whole for each piece would take hours.
const eventsSql = (inPiece: string) => `
with over as materialized (
  select ctid as place, tenant, source, id from events
  where ${inPiece} and stored_at < ${before('$1')} and not exists (
    select from deliveries where (deliveries.tenant, deliveries.source, deliveries.event_id) = (events.tenant, events.source, events.id)
      and (status = 'done' and settled_at < ${before('$1')} or status = 'discarded' and settled_at < ${before('$2')}) is not true)
), settled as (
  delete from deliveries where position = any (array(
    select own.position from over cross join lateral (
      select position from deliveries where (tenant, source, event_id) = (over.tenant, over.source, over.id) offset 0
    ) own))
)
delete from events where ctid = any (array(select place from over))`

const refusedRowsSql = (inPiece: string) =>
  `delete from quarantine where ${inPiece} and discarded_at < ${before('$1')}`

// What was done with an event is known for as long as the event is.
const operationsSql = (inPiece: string) => `
delete from operations where ${inPiece} and at < ${before('$1')}
  and not exists (select from deliveries where (deliveries.event_id, deliveries.tenant) = (operations.event_id, operations.tenant))
  and not exists (select from quarantine where concat_ws(':', database, service, position) = operations.event_id)`

/**
 * Deletes what is over, and for how long it is kept, from the bus that `client` is connected to: events, rows that were no events, and what
 * operators did. Resolves with the number of events. It may run at any time, beside the relay and operators.
 */
export async function pruneBus(
  client: ClientBase,
  { handledMs, undeliverableMs, recordsMs }: Retention,
  signal?: AbortSignal,
): Promise<number> {
  const prune = (deletion: Deletion) => deleteInPieces(client, deletion, signal)
  const events = await prune({ table: 'events', sql: eventsSql, values: [handledMs, undeliverableMs] })
  await prune({ table: 'quarantine', sql: refusedRowsSql, values: [undeliverableMs] })
  await prune({ table: 'operations', sql: operationsSql, values: [recordsMs] })
  return events
}
