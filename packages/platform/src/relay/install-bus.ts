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
  next_attempt_at timestamptz not null default clock_timestamp(),
  unique (tenant, service, subject)
);
create index if not exists lanes_due on lanes (tenant, next_attempt_at) where not parked;
create index if not exists lanes_parked on lanes (tenant) where parked;

create table if not exists deliveries (
  position bigint generated always as identity primary key,
  tenant text not null,
  service text not null,
  subject text not null,
  source text not null,
  event_id text not null,
  status text not null default 'waiting' check (status in ('waiting', 'done', 'dead', 'quarantined')),
  attempts integer not null default 0,
  last_error text,
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
  primary key (database, service, position)
);

-- The lane is locked first, so that what is published into it at this moment is seen by the next statement.
create or replace function settle_delivery(delivery bigint, outcome text, error text) returns void language plpgsql as $$
declare
  settled deliveries;
  tried integer;
begin
  select * into strict settled from deliveries where position = delivery;
  select attempts + 1 into tried from lanes
    where (tenant, service, subject) = (settled.tenant, settled.service, settled.subject) for update;
  update deliveries set status = outcome, attempts = coalesce(tried, 1), last_error = error, settled_at = clock_timestamp()
    where position = delivery and status = 'waiting';
  if exists (select from deliveries where status = 'waiting'
      and (tenant, service, subject) = (settled.tenant, settled.service, settled.subject)) then
    update lanes set attempts = 0, refusals = 0, last_error = null, next_attempt_at = clock_timestamp()
      where (tenant, service, subject) = (settled.tenant, settled.service, settled.subject);
  else
    delete from lanes where (tenant, service, subject) = (settled.tenant, settled.service, settled.subject);
  end if;
end $$;

revoke all on schema public from public;
revoke all on all functions in schema public from public;
grant usage on schema public to tenantry_relay;
grant select, insert on events, quarantine to tenantry_relay;
grant select, insert, update, delete on lanes to tenantry_relay;
grant select, insert, update on deliveries to tenantry_relay;
grant execute on function settle_delivery to tenantry_relay;
`

/** Makes the event bus in the database that `client` is connected to, as a superuser. Can be repeated. */
export async function installBus(client: ClientBase): Promise<void> {
  // One script without parameters is one transaction.
  await client.query(schemaSql)
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  await client.query(`grant connect on database ${escapeIdentifier(rows[0]?.name ?? '')} to tenantry_relay`)
}
