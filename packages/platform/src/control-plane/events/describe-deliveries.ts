/**
 * What is known of deliveries on the bus, by the statement that chooses them. What the lane knows is told of its first
 * event alone: the others were not tried.
 */
export function describeDeliveriesSql(chosenSql: string, order: 'oldest first' | 'newest first'): string {
  return `
select chosen.event_id as id, chosen.tenant, chosen.service, chosen.source, events.type, events.event, events.stored_at as "storedAt",
  case when chosen.subject like 'subject:%' then substr(chosen.subject, 9) end as subject,
  case when lanes.parked then 'parked' else chosen.status end as state,
  chosen.attempts + coalesce(own.attempts, 0) as attempts,
  coalesce(own.last_error, chosen.last_error) as reason,
  coalesce(add_failures(chosen.failures, own.failures), '[]') as failures,
  own.next_attempt_at as "nextAttemptAt", chosen.settled_at as "settledAt", coalesce(chosen.settled_at, events.stored_at) as since
from (${chosenSql}) chosen
join events on (events.tenant, events.source, events.id) = (chosen.tenant, chosen.source, chosen.event_id)
left join lanes on chosen.status = 'waiting'
  and (lanes.tenant, lanes.service, lanes.subject) = (chosen.tenant, chosen.service, chosen.subject)
left join lateral (
  select position from deliveries
  where status = 'waiting' and (deliveries.tenant, deliveries.service, deliveries.subject) = (lanes.tenant, lanes.service, lanes.subject)
  order by position limit 1
) first on true
left join lanes own on own.id = lanes.id and first.position = chosen.position
order by chosen.position ${order === 'oldest first' ? 'asc' : 'desc'}`
}
