import type { ClientBase } from 'pg'
import type { EventFilter } from './event-answers.ts'
import { ambiguousEvent } from './event-refusals.ts'

/** A delivery that an operator means. */
export interface ChosenDelivery {
  readonly position: string
  readonly id: string
  readonly tenant: string
  readonly service: string
  readonly status: 'waiting' | 'done' | 'dead' | 'quarantined' | 'discarded'
  /** When the event was emitted, by its own word; null where it cannot be read. */
  readonly emittedAt: string | null
}

/** A row of an outbox that no event could be made of. */
export interface ChosenRow {
  readonly id: string
  readonly tenant: string
}

/** What an id stands for. */
export interface ChosenEvent {
  readonly deliveries: readonly ChosenDelivery[]
  readonly rows: readonly ChosenRow[]
}

/** The columns of `ChosenDelivery`. `time` is the first of its name: what a service writes is escaped there. */
export const chosenColumns = `
deliveries.position::text, event_id as id, deliveries.tenant, deliveries.service, deliveries.status,
  substring(events.event from '"time":"([^"\\\\]*)"') as "emittedAt"
from deliveries join events on (events.tenant, events.source, events.id) = (deliveries.tenant, deliveries.source, deliveries.event_id)`

/**
 * What each id stands for, in the ids' order and in that of the lanes within. Rejects with `EVENT_AMBIGUOUS` (409) where
 * several tenants have an event of that id.
 */
export async function chooseEvents(
  client: ClientBase,
  ids: readonly string[],
  { tenant, service }: EventFilter,
): Promise<Map<string, ChosenEvent>> {
  const { rows: deliveries } = await client.query<ChosenDelivery>(
    `select ${chosenColumns} where event_id = any ($1) and ($2::text is null or deliveries.tenant = $2)
       and ($3::text is null or deliveries.service = $3) order by deliveries.position`,
    [ids, tenant ?? null, service ?? null],
  )
  const { rows } = await client.query<ChosenRow>(
    `select concat_ws(':', database, service, position) as id, tenant from quarantine
     where concat_ws(':', database, service, position) = any ($1) and discarded_at is null and ($2::text is null or tenant = $2)`,
    [ids, tenant ?? null],
  )
  return new Map(
    [...new Set(ids)].map((id) => {
      const chosen = {
        deliveries: deliveries.filter((one) => one.id === id),
        rows: rows.filter((one) => one.id === id),
      }
      const tenants = [...chosen.deliveries, ...chosen.rows].map((one) => one.tenant)
      if (new Set(tenants).size > 1) throw ambiguousEvent(id)
      return [id, chosen]
    }),
  )
}
