import type { DirectoryDatabase } from '@tenantry/routing'
import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg'
import type { Provisioner } from '../databases/provisioner.ts'
import { inParallel } from '../scheduling/in-parallel.ts'
import type { EventLag, EventLagAnswer, EventsKept } from './event-answers.ts'

const busSql = `
select waiting.tenant, waiting.service, 'bus' as place, waiting.count as waiting, events.stored_at as "oldestAt",
  coalesce(lanes.parked, false) as parked, lanes.last_error as reason
from (
  select tenant, service, count(*)::int as count, min(position) as first from deliveries where status = 'waiting' group by 1, 2
) waiting
join deliveries on deliveries.position = waiting.first
join events on (events.tenant, events.source, events.id) = (deliveries.tenant, deliveries.source, deliveries.event_id)
left join lanes on (lanes.tenant, lanes.service, lanes.subject) = (deliveries.tenant, deliveries.service, deliveries.subject)`

// As the server counts rows itself: to count them for sure would read all of them.
const keptSql = `
select relname as table, coalesce(sum(n_live_tup), 0)::float8 as rows from pg_stat_user_tables
where schemaname = any ($1) and relname in ('events', 'outbox', 'inbox') group by 1`

/**
 * Measures what waits on the bus and in every outbox, the oldest first, and about how much is kept there and in the inboxes. A
 * database that cannot be asked is named and holds up nothing.
 */
export async function measureEventLag(
  provisioner: Pick<Provisioner, 'inDatabase'>,
  { bus, databases }: { bus: string; databases: readonly DirectoryDatabase[] },
): Promise<EventLagAnswer> {
  const onBus = await provisioner.inDatabase(bus, async (client) => ({
    lag: await measureBusLag(client),
    kept: (await measureKept(client, ['public'])).bus,
  }))
  const unread: string[] = []
  const elsewhere = await inParallel(databases, 4, async ({ id, services }) => {
    const measuring = provisioner.inDatabase(id, async (client) => ({
      lag: await measureOutboxLag(client, services),
      kept: await measureKept(client, services),
    }))
    return measuring.catch(() => {
      unread.push(id)
      return { lag: [], kept: { bus: 0, outboxes: 0, inboxes: 0 } }
    })
  })
  const lag = [...onBus.lag, ...elsewhere.flatMap((one) => one.lag)]
  const sum = (table: 'outboxes' | 'inboxes') => elsewhere.reduce((total, { kept }) => total + kept[table], 0)
  return {
    lag: lag.sort((a, b) => a.oldestAt.localeCompare(b.oldestAt)),
    away: [],
    kept: { bus: onBus.kept, outboxes: sum('outboxes'), inboxes: sum('inboxes') },
    unread: unread.sort(),
  }
}

/** What waits on the bus that `client` is connected to, by tenant and subscriber. */
export function measureBusLag(client: ClientBase): Promise<EventLag[]> {
  return readLag(client, busSql)
}

/** What the relay did not fetch yet from the outboxes of these services, by tenant and emitter; for the provisioning role. */
export function measureOutboxLag(client: ClientBase, services: readonly string[]): Promise<EventLag[]> {
  const each = services.map(
    (service) => `
select tenantry_tenant as tenant, ${escapeLiteral(service)} as service, 'outbox' as place, count(*)::int as waiting,
  min(created_at) as "oldestAt", false as parked, null as reason
from ${escapeIdentifier(service)}.outbox where relayed_at is null group by 1`,
  )
  return each.length > 0 ? readLag(client, each.join(' union all ')) : Promise.resolve([])
}

async function measureKept(client: ClientBase, schemas: readonly string[]): Promise<EventsKept> {
  const { rows } = await client.query<{ table: string; rows: number }>(keptSql, [schemas])
  const rowsOf = (name: string) => rows.find(({ table }) => table === name)?.rows ?? 0
  return { bus: rowsOf('events'), outboxes: rowsOf('outbox'), inboxes: rowsOf('inbox') }
}

async function readLag(client: ClientBase, sql: string): Promise<EventLag[]> {
  const { rows } = await client.query<Omit<EventLag, 'oldestAt'> & { oldestAt: Date }>(sql)
  return rows.map((row) => ({ ...row, oldestAt: row.oldestAt.toISOString() }))
}
