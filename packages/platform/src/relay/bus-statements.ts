// The statements of the event bus in PostgreSQL; `installBus` makes what they work on.

// One statement, so that an event is never there without its deliveries. Deliveries are written before their lanes:
// whoever then holds the lane's lock sees them.
export const publishSql = `
with incoming as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    with ordinality as incoming (tenant, source, id, type, subject, event, turn)
), fresh as (
  insert into events (tenant, source, id, type, event)
  select distinct on (tenant, source, id) tenant, source, id, type, event from incoming
  on conflict do nothing returning tenant, source, id, type
), waiting as (
  insert into deliveries (tenant, service, subject, source, event_id)
  select tenant, service, subject, source, id
  from fresh join incoming using (tenant, source, id, type)
    join unnest($7::text[], $8::text[]) as subscriptions (type, service) using (type)
  order by turn returning tenant, service, subject
)
insert into lanes (tenant, service, subject)
select distinct tenant, service, subject from waiting order by 1, 2, 3
on conflict (tenant, service, subject) do update set subject = excluded.subject`

// Who has a lane, and for which service, is found by hopping along the index, so that a hundred thousand events that wait
// there cost no more than one, whether they are due, were tried or are for a deployment that is away. Each tenant then
// has its turn, with as many as it weighs, before any has a second. A limit in each sub-select keeps to the index, however few rows the planner expects.
export const takeSql = `
with recursive pairs (tenant, service) as (
  (select tenant, service from lanes where not parked order by tenant, service limit 1)
  union all
  select next.* from pairs cross join lateral (
    select lanes.tenant, lanes.service from lanes
    where not parked and (lanes.tenant, lanes.service) > (pairs.tenant, pairs.service)
    order by lanes.tenant, lanes.service limit 1
  ) next
), served as (
  select tenant, service, coalesce((
    select weight from unnest($10::text[], $11::int[]) weighed (name, weight) where weighed.name = pairs.tenant
  ), 1) as weight from pairs
  where tenant <> all ($5::text[])
    and not exists (select from unnest($6::text[], $7::text[]) away (service, tenant)
      where away.service = pairs.service and (away.tenant = pairs.tenant or away.tenant is null and not exists (
        select from unnest($8::text[], $9::text[]) elsewhere (service, tenant)
        where (elsewhere.service, elsewhere.tenant) = (pairs.service, pairs.tenant))))
), due as (
  select lanes.*, weight, row_number() over (partition by lanes.tenant order by next_attempt_at) - 1 as place
  from served cross join lateral (
    select * from lanes
    where (lanes.tenant, lanes.service) = (served.tenant, served.service) and not parked
      and next_attempt_at <= statement_timestamp() and id <> all ($1::bigint[])
    order by next_attempt_at limit $12
  ) lanes
), chosen as (
  select *, place / weight as turn from due where place < $2 * weight order by turn, tenant <= $4, tenant, place limit $3
)
select head.position::text as id, chosen.id::text as lane, subject as "laneSubject", tenant, service, type, event, attempts, refusals
from chosen
cross join lateral (
  select position, source, event_id from deliveries
  where status = 'waiting' and (deliveries.tenant, deliveries.service, deliveries.subject) = (chosen.tenant, chosen.service, chosen.subject)
  order by position limit 1
) head
cross join lateral (
  select type, event from events where (events.tenant, events.source, events.id) = (chosen.tenant, head.source, head.event_id) limit 1
) stored
order by turn, tenant <= $4, tenant, place`

// An event that was replayed meanwhile stands before the one that failed: that failure is none of its own.
export const retrySql = `
update lanes set attempts = attempts + 1, refusals = refusals + $2::int, last_error = $3,
  failures = add_failures(failures, jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'reason', $3::text))),
  next_attempt_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000)
where id = $1 and $5 = (
  select position from deliveries
  where status = 'waiting' and (deliveries.tenant, deliveries.service, deliveries.subject) = (lanes.tenant, lanes.service, lanes.subject)
  order by position limit 1)`

// In the order in which `publish` locks them, so that the two never wait for each other.
export const parkSql = `
with own as (select id from lanes where tenant = $1 and parked is distinct from $2 order by service, subject for update)
update lanes set parked = $2, next_attempt_at = clock_timestamp() from own where lanes.id = own.id`

// What another store kept until now is written as if it had been published here and tried once; repeating it changes nothing.
export const adoptSql = `
with stored as (
  insert into events (tenant, source, id, type, event) values ($1, $4, $5, $6, $7) on conflict do nothing
), adopted as (
  insert into deliveries (tenant, service, subject, source, event_id, status, attempts, last_error, failures, settled_at)
  select $1, $2, $3, $4, $5, $8, ($8 <> 'waiting')::int, $9, case when $8 <> 'waiting' then jsonb_build_array(failure) end,
    case when $8 <> 'waiting' then clock_timestamp() end
  from (select jsonb_build_object('at', clock_timestamp(), 'reason', $9::text) as failure) failed
  where not exists (select from deliveries where (tenant, service, source, event_id) = ($1, $2, $4, $5))
  returning status
)
insert into lanes (tenant, service, subject, attempts, refusals, last_error, failures, next_attempt_at)
select $1, $2, $3, 1, $10::int, $9, jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'reason', $9::text)),
  clock_timestamp() + make_interval(secs => $11::float8 / 1000)
from adopted where status = 'waiting'
on conflict do nothing`

export const standingSql = `
select case
  when exists (select from deliveries where (tenant, service, source, event_id) = (asked.tenant, asked.service, asked.source, asked.id))
    then 'adopted'
  when exists (select from lanes where (tenant, service, subject) = (asked.tenant, asked.service, asked.lane)) then 'behind'
  else 'free' end as standing
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
  with ordinality as asked (tenant, service, lane, source, id, turn)
order by turn`
