import type { ClientBase } from 'pg'
import { type ChosenDelivery, type ChosenEvent, chooseEvents } from './choose-events.ts'
import type { EventFilter, EventKey } from './event-answers.ts'
import { noSuchEvent, settledEvent } from './event-refusals.ts'
import { inBusTransaction } from './in-bus-transaction.ts'
import { recordOperations } from './record-operations.ts'

/** What is discarded, and who says so. */
export interface DiscardOptions extends EventFilter {
  readonly ids: readonly string[]
  readonly operator: string
}

const open = ['waiting', 'dead', 'quarantined']

// In the order in which all lock lanes who lock several.
const lockSql = `
select from lanes where (tenant, service, subject) in (select tenant, service, subject from deliveries where position = any ($1::bigint[]))
order by tenant, service, subject for update`
const discardSql = `
update deliveries set status = 'discarded', settled_at = clock_timestamp() where position = any ($1::bigint[]) and status <> 'waiting'`
const discardRowsSql = `
update quarantine set discarded_at = clock_timestamp() where concat_ws(':', database, service, position) = any ($1)`

/**
 * Puts events that are not over away for good, on the bus that `client` is connected to, and puts that on record; what
 * waits behind one in its lane is delivered next. One that is being delivered at this moment may still have its effect.
 * All or none: rejects with `EVENT_NOT_FOUND` (404), `EVENT_AMBIGUOUS` or `EVENT_SETTLED` (409).
 */
export function discardEvents(client: ClientBase, options: DiscardOptions): Promise<EventKey[]> {
  return inBusTransaction(client, async () => {
    const chosen = await chooseEvents(client, options.ids, options)
    const deliveries = [...chosen].flatMap(([id, event]) => requireOpen(id, event))
    const rows = [...chosen.values()].flatMap((event) => event.rows)
    const positions = deliveries.map(({ position }) => position)
    for (const sql of [lockSql, discardSql]) await client.query(sql, [positions])
    await client.query(discardRowsSql, [rows.map(({ id }) => id)])
    for (const { position, status } of deliveries) {
      if (status === 'waiting')
        await client.query(`select settle_delivery($1, 'discarded', null)`, [position])
    }
    const events = [
      ...deliveries.map(({ id, tenant, service }) => ({ id, tenant, service })),
      ...rows.map((row) => ({ ...row, service: null })),
    ]
    await recordOperations(client, { operator: options.operator, action: 'discarded', events })
    return events
  })
}

function requireOpen(id: string, { deliveries, rows }: ChosenEvent): ChosenDelivery[] {
  const found = deliveries.filter(({ status }) => open.includes(status))
  if (found.length > 0 || rows.length > 0) return found
  throw deliveries[0] ? settledEvent(id, deliveries[0].status) : noSuchEvent(id)
}
