import type { ClientBase } from 'pg'
import { describeDeliveriesSql } from './describe-deliveries.ts'
import {
  type EventFilter,
  type EventLine,
  type EventList,
  type OpenEventState,
  openEventStates,
} from './event-answers.ts'

const failedSql = `
select * from deliveries where status = $1 and ($2::text is null or tenant = $2) and ($3::text is null or service = $3)
order by position desc limit $4`

const openSql = `
select deliveries.* from deliveries join lanes using (tenant, service, subject)
where status = 'waiting' and lanes.parked = ($1::text = 'parked') and ($2::text is null or tenant = $2) and ($3::text is null or service = $3)
order by position limit $4`

const refusedRowsSql = `
select concat_ws(':', database, service, position) as id, tenant, null as service, 'urn:tenantry:service:' || service as source,
  null as type, null as subject, 'quarantined' as state, 0 as attempts, reason, quarantined_at as since
from quarantine where discarded_at is null and ($1::text is null or tenant = $1) and $2::text is null
order by quarantined_at desc limit $3`

/**
 * The events on the bus that `client` is connected to which are not over: those first that somebody has to look at, of
 * those that failed the newest, of those that wait the oldest.
 */
export async function listEvents(
  client: ClientBase,
  { state, limit, tenant, service }: ListOptions,
): Promise<EventList> {
  const events: EventLine[] = []
  const filter = [tenant ?? null, service ?? null]
  const add = async (sql: string, values: unknown[]) => {
    const { rows } = await client.query<EventLine & { since: Date }>(sql, values)
    events.push(...rows.map((row) => readLine(row)))
  }
  for (const one of state === undefined ? openEventStates : [state]) {
    const left = () => limit + 1 - events.length
    const failed = one === 'dead' || one === 'quarantined'
    if (left() > 0)
      await add(
        describeDeliveriesSql(failed ? failedSql : openSql, failed ? 'newest first' : 'oldest first'),
        [one, ...filter, left()],
      )
    if (one === 'quarantined' && left() > 0) await add(refusedRowsSql, [...filter, left()])
  }
  return { events: events.slice(0, limit), more: events.length > limit }
}

/** Which events are listed, and how many at most. */
export interface ListOptions extends EventFilter {
  readonly state?: OpenEventState
  readonly limit: number
}

function readLine(row: EventLine & { since: Date }): EventLine {
  const { id, tenant, service, source, type, subject, state, attempts, reason, since } = row
  return { id, tenant, service, source, type, subject, state, attempts, reason, since: since.toISOString() }
}
