import type { ClientBase } from 'pg'
import type { EventKey, EventOperation } from './event-answers.ts'

/** Puts on record, in the bus that `client` is connected to, what an operator did with events; in its transaction, if there is one. */
export async function recordOperations(
  client: ClientBase,
  { operator, action, events }: Pick<EventOperation, 'operator' | 'action'> & { events: readonly EventKey[] },
): Promise<void> {
  await client.query(
    `insert into operations (operator, action, event_id, tenant, service)
     select $1, $2, * from unnest($3::text[], $4::text[], $5::text[])`,
    [
      operator,
      action,
      events.map(({ id }) => id),
      events.map(({ tenant }) => tenant),
      events.map(({ service }) => service),
    ],
  )
}
