import { eventAgeMaxMs } from '@tenantry/propagation'
import type { ClientBase } from 'pg'
import { type ChosenDelivery, type ChosenEvent, chooseEvents, chosenColumns } from './choose-events.ts'
import type { EventFilter, EventKey } from './event-answers.ts'
import { noSuchEvent, notDeadEvent, quarantinedEvent, tooOldEvent } from './event-refusals.ts'
import { inBusTransaction } from './in-bus-transaction.ts'
import { recordOperations } from './record-operations.ts'

/** What is replayed, and who says so. Without `ids` it is all that is dead for one tenant and one subscriber. */
export type ReplayOptions = { readonly operator: string } & (
  | ({ readonly ids: readonly string[] } & EventFilter)
  | ({ readonly ids?: undefined } & Required<EventFilter>)
)

/** What was replayed, in the order in which it will be delivered, and how many were left as they are for their age. */
export interface ReplayAnswer {
  readonly replayed: readonly EventKey[]
  readonly tooOld: number
}

// What the lanes know is of their first event, which stands behind what is replayed: it is given back to it.
const lockSql = `
select from lanes where (tenant, service, subject) in (select tenant, service, subject from deliveries where position = any ($1::bigint[]))
order by tenant, service, subject for update`
const giveBackSql = `
update deliveries set attempts = deliveries.attempts + lanes.attempts, failures = add_failures(deliveries.failures, lanes.failures),
  last_error = coalesce(lanes.last_error, deliveries.last_error)
from lanes
where (lanes.tenant, lanes.service, lanes.subject) in (select tenant, service, subject from deliveries where position = any ($1::bigint[]))
  and lanes.attempts > 0 and deliveries.position = (
    select position from deliveries
    where status = 'waiting' and (deliveries.tenant, deliveries.service, deliveries.subject) = (lanes.tenant, lanes.service, lanes.subject)
    order by position limit 1)`
// Its position is what it was, so that it comes before all of its lane that was emitted after it.
const replaySql = `
with replayed as (
  update deliveries set status = 'waiting', settled_at = null where position = any ($1::bigint[]) and status = 'dead'
  returning tenant, service, subject
)
insert into lanes (tenant, service, subject)
select distinct tenant, service, subject from replayed order by 1, 2, 3
on conflict (tenant, service, subject) do update
set attempts = 0, refusals = 0, last_error = null, failures = null, next_attempt_at = clock_timestamp()`

/**
 * Lets dead events be delivered again, under their ids and in the order of their lanes, on the bus that `client` is
 * connected to, and puts that on record. All or none: rejects with `EVENT_NOT_FOUND` (404), `EVENT_AMBIGUOUS`,
 * `EVENT_QUARANTINED`, `EVENT_NOT_DEAD` or `EVENT_TOO_OLD` (409).
 */
export function replayEvents(client: ClientBase, options: ReplayOptions): Promise<ReplayAnswer> {
  return inBusTransaction(client, async () => {
    const all = options.ids ? await chooseDead(client, options) : await findDead(client, options)
    // One that is too old and was named has been refused by now.
    const chosen = all.filter((delivery) => !isTooOld(delivery))
    const positions = chosen.map(({ position }) => position)
    for (const sql of [lockSql, giveBackSql, replaySql]) await client.query(sql, [positions])
    const replayed = chosen.map(({ id, tenant, service }) => ({ id, tenant, service }))
    await recordOperations(client, { operator: options.operator, action: 'replayed', events: replayed })
    return { replayed, tooOld: all.length - chosen.length }
  })
}

async function chooseDead(
  client: ClientBase,
  options: ReplayOptions & { ids: readonly string[] },
): Promise<ChosenDelivery[]> {
  const chosen = await chooseEvents(client, options.ids, options)
  const dead = [...chosen].flatMap(([id, event]) => requireDead(id, event))
  return dead.sort((a, b) => Number(a.position) - Number(b.position))
}

async function findDead(client: ClientBase, { tenant, service }: EventFilter): Promise<ChosenDelivery[]> {
  const { rows } = await client.query<ChosenDelivery>(
    `select ${chosenColumns} where status = 'dead' and deliveries.tenant = $1 and deliveries.service = $2 order by deliveries.position`,
    [tenant, service],
  )
  return rows
}

function requireDead(id: string, { deliveries, rows }: ChosenEvent): ChosenDelivery[] {
  // INVARIANT: identity is signed or it is nothing. What does not verify is handed to no service, whoever asks.
  if (rows.length > 0 || deliveries.some(({ status }) => status === 'quarantined')) throw quarantinedEvent(id)
  const dead = deliveries.filter(({ status }) => status === 'dead')
  if (deliveries[0] === undefined) throw noSuchEvent(id)
  if (dead.length === 0) throw notDeadEvent(id, deliveries[0].status)
  if (dead.some(isTooOld)) throw tooOldEvent(id)
  return dead
}

function isTooOld({ emittedAt }: ChosenDelivery): boolean {
  return Date.now() - Date.parse(emittedAt ?? '') > eventAgeMaxMs
}
