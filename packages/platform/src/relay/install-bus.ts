import { type ClientBase, escapeIdentifier } from 'pg'

const schemaSql = `
do $$ begin create role tenantry_relay nologin; exception when duplicate_object or unique_violation then null; end $$;

create table if not exists events (
  tenant text not null,
  source text not null,
  id text not null,
  type text not null,
  event text not null,
  stored_at timestamptz not null default clock_timestamp(),
  primary key (tenant, source, id)
);

-- What waits, and since when it may be tried: one row for each tenant, service and subject that has something waiting.
create table if not exists lanes (
  id bigint generated always as identity primary key,
  tenant text not null,
  service text not null,
  subject text not null,
  parked boolean not null default false,
  attempts integer not null default 0,
  refusals integer not null default 0,
  last_error text,
  failures jsonb,
  next_attempt_at timestamptz not null default clock_timestamp(),
  unique (tenant, service, subject)
);
create index if not exists lanes_due_for on lanes (tenant, service, next_attempt_at) where not parked;
drop index if exists lanes_due;
create index if not exists lanes_parked on lanes (tenant) where parked;

create table if not exists deliveries (
  position bigint generated always as identity primary key,
  tenant text not null,
  service text not null,
  subject text not null,
  source text not null,
  event_id text not null,
  status text not null default 'waiting'
    constraint deliveries_states check (status in ('waiting', 'done', 'dead', 'quarantined', 'discarded')),
  attempts integer not null default 0,
  last_error text,
  failures jsonb,
  settled_at timestamptz,
  foreign key (tenant, source, event_id) references events (tenant, source, id)
);
create index if not exists deliveries_waiting on deliveries (tenant, service, subject, position) where status = 'waiting';
create index if not exists deliveries_failed on deliveries (status, position) where status in ('dead', 'quarantined');

create table if not exists quarantine (
  database text not null,
  service text not null,
  position bigint not null,
  tenant text not null,
  reason text not null,
  row text not null,
  quarantined_at timestamptz not null default clock_timestamp(),
  discarded_at timestamptz,
  primary key (database, service, position)
);

-- What operators did with events, and whose data they looked at. The relay can neither read it nor add to it.
create table if not exists operations (
  position bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  operator text not null,
  action text not null check (action in ('replayed', 'discarded', 'data shown')),
  tenant text not null,
  service text,
  event_id text not null
);
create index if not exists operations_of on operations (event_id, position);
create index if not exists deliveries_of on deliveries (event_id);

-- A bus that was made before operators could look at it. Only then, since it locks out whoever is at work there.
do $$ begin
  if exists (select from pg_attribute where attrelid = to_regclass('deliveries') and attname = 'failures') then return; end if;
  alter table deliveries add column failures jsonb, drop constraint deliveries_status_check,
    add constraint deliveries_states check (status in ('waiting', 'done', 'dead', 'quarantined', 'discarded'));
  alter table lanes add column failures jsonb;
  alter table quarantine add column discarded_at timestamptz;
end $$;

-- The last twenty failures of an event: one that is tried for days has no more to tell.
create or replace function add_failures(known jsonb, more jsonb) returns jsonb language sql immutable as $$
  select case when coalesce(more, '[]') = '[]' then known else (
    select jsonb_agg(failure order by turn) from (
      select * from jsonb_array_elements(coalesce(known, '[]') || more) with ordinality as all_of (failure, turn)
      order by turn desc limit 20
    ) newest
  ) end
$$;

-- The lane is locked first, so that what is published into it at this moment is seen by the next statement.
create or replace function settle_delivery(delivery bigint, outcome text, error text) returns void language plpgsql as $$
declare
  settled deliveries;
  tried integer;
  tries jsonb;
begin
  select * into strict settled from deliveries where position = delivery;
  -- To be discarded is no try.
  select attempts + (outcome <> 'discarded')::int, failures into tried, tries from lanes
    where (tenant, service, subject) = (settled.tenant, settled.service, settled.subject) for update;
  if error is not null then
    tries = coalesce(tries, '[]') || jsonb_build_object('at', clock_timestamp(), 'reason', error);
  end if;
  update deliveries set status = outcome, attempts = attempts + coalesce(tried, 1), last_error = coalesce(error, last_error),
      failures = add_failures(failures, tries), settled_at = clock_timestamp()
    where position = delivery and status = 'waiting';
  if exists (select from deliveries where status = 'waiting'
      and (tenant, service, subject) = (settled.tenant, settled.service, settled.subject)) then
    update lanes set attempts = 0, refusals = 0, last_error = null, failures = null, next_attempt_at = clock_timestamp()
      where (tenant, service, subject) = (settled.tenant, settled.service, settled.subject);
  else
    delete from lanes where (tenant, service, subject) = (settled.tenant, settled.service, settled.subject);
  end if;
end $$;

-- Many that were handled, each with its lane, in one go. Lanes are locked first as above, in the order in which all lock them
-- who lock several. By index alone: a table that was empty when it was last looked at is not read as a whole.
create or replace function settle_done(handled bigint[], of_lanes bigint[]) returns void language plpgsql set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
  perform from lanes where id = any (of_lanes) order by tenant, service, subject for update;
  update deliveries set status = 'done', attempts = deliveries.attempts + coalesce(lanes.attempts, 0) + 1,
      failures = case when lanes.failures is null then deliveries.failures else add_failures(deliveries.failures, lanes.failures) end,
      settled_at = clock_timestamp()
    from unnest(handled, of_lanes) own (position, lane) left join lanes on lanes.id = own.lane
    where deliveries.position = own.position and status = 'waiting';
  delete from lanes where id = any (of_lanes) and (
    select position from deliveries
    where status = 'waiting' and (deliveries.tenant, deliveries.service, deliveries.subject) = (lanes.tenant, lanes.service, lanes.subject)
    limit 1) is null;
  update lanes set attempts = 0, refusals = 0, last_error = null, failures = null, next_attempt_at = clock_timestamp()
    where id = any (of_lanes);
end $$;

revoke all on schema public from public;
revoke all on all functions in schema public from public;
grant usage on schema public to tenantry_relay;
grant select, insert on events, quarantine to tenantry_relay;
grant select, insert, update, delete on lanes to tenantry_relay;
grant select, insert, update on deliveries to tenantry_relay;
grant execute on function settle_delivery, settle_done, add_failures to tenantry_relay;
`

/** Makes the event bus in the database that `client` is connected to, as a superuser. Can be repeated. */
export async function installBus(client: ClientBase): Promise<void> {
  // One script without parameters is one transaction.
  await client.query(schemaSql)
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  await client.query(`grant connect on database ${escapeIdentifier(rows[0]?.name ?? '')} to tenantry_relay`)
}
