/** The hidden column of every protected table. */
export const tenantColumn = 'tenantry_tenant'

/** What fills the hidden column of a new row. The policy's check has the last word on it. */
export const tenantDefault = 'tenantry.tenant()'

/** The roles that isolation stands on; none of them can log in, and none has BYPASSRLS. */
export const roles = {
  /** Owns the key table and the check, and nothing else. */
  keeper: 'tenantry_keeper',
  /** Owns the services' schemas and tables; migrations run as it. */
  owner: 'tenantry_owner',
  /** What every service role is a member of: the policies are for it. */
  service: 'tenantry_service',
  /** The relay's own role; it reaches outboxes alone. */
  relay: 'tenantry_relay',
} as const

/** The SQLSTATE of each refusal of the check. */
export const sqlStates = {
  missing: 'TN001',
  invalid: 'TN002',
  expired: 'TN003',
  revoked: 'TN004',
} as const

/** Makes the roles; they belong to the whole server, so another database may be making them at this moment. */
export const rolesSql = Object.values(roles)
  .map(
    (role) => `do $$ begin create role ${role} nologin;
      exception when duplicate_object or unique_violation then null; end $$;`,
  )
  .join('\n')

/** The locked schema: keys, revocations, the check, and the record of what was protected. Can be run again. */
export const schemaSql = `
create schema if not exists tenantry authorization ${roles.keeper};
revoke all on schema public from public;

create table if not exists tenantry.keys (
  kid smallint primary key check (kid between 1 and 255),
  inner_block bytea not null,
  outer_block bytea not null
);
create table if not exists tenantry.revocations (tenant text primary key);
create table if not exists tenantry.migrations (
  service text not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (service, name)
);
create table if not exists tenantry.service_roles (role text primary key, service text not null);
create table if not exists tenantry.system_tables (
  service text not null,
  name text not null,
  service_grants text[] not null check (service_grants <@ '{select,insert,update,delete}'),
  primary key (service, name)
);
alter table tenantry.keys owner to ${roles.keeper};
alter table tenantry.revocations owner to ${roles.keeper};
revoke all on all tables in schema tenantry from public;

-- INVARIANT: the database decides. This is the one place where a tenant is believed, and it believes a signature.
-- It raises and never returns null: a silent empty result would look like an answer.
create or replace function tenantry.tenant() returns text
language plpgsql stable parallel restricted security definer
set search_path = pg_catalog, pg_temp
as $check$
declare
  lease constant text := current_setting('tenantry.lease', true);
  bytes bytea;
  expiry bytea;
  claimed text;
  role bytea;
  signing record;
  tenant_key bytea;
begin
  if lease is null or lease = '' then
    raise exception 'there is no lease' using errcode = '${sqlStates.missing}';
  end if;
  if lease !~ '^([0-9a-f]{2}){42,81}$' then
    raise exception 'the lease is not valid' using errcode = '${sqlStates.invalid}';
  end if;
  bytes := decode(lease, 'hex');
  expiry := substr(bytes, 33, 8);
  claimed := encode(substr(bytes, 42), 'escape');
  select k.inner_block, k.outer_block, exists (select from tenantry.revocations r where r.tenant = claimed) as revoked
    into signing from tenantry.keys k where k.kid = get_byte(bytes, 40);
  -- The role that logged in, not the one that this function runs as.
  role := convert_to(session_user::text, 'UTF8');
  tenant_key := sha256(signing.outer_block || sha256(signing.inner_block
    || 'k'::bytea || expiry || substr(bytes, 41, 1) || substr(int4send(length(role)), 4) || role || substr(bytes, 42)));
  if substr(bytes, 1, 32) is distinct from sha256(tenant_key || 'l'::bytea || int4send(pg_backend_pid())) then
    raise exception 'the lease is not valid' using errcode = '${sqlStates.invalid}';
  end if;
  -- Not now(): that stands still in a long transaction.
  if expiry <= timestamptz_send(clock_timestamp()) then
    raise exception 'the lease has expired' using errcode = '${sqlStates.expired}';
  end if;
  if signing.revoked then
    raise exception 'the tenant is suspended' using errcode = '${sqlStates.revoked}';
  end if;
  return claimed;
end
$check$;
alter function tenantry.tenant() owner to ${roles.keeper};
revoke all on function tenantry.tenant() from public;

-- For migrations that change tenants' rows: the provisioner, a superuser, signs a lease for the migrating session.
-- Nobody is granted it, and only the keeper can read what it signs with.
create or replace function tenantry.sign_lease(tenant text, role text, process_id int, expires_at timestamptz)
returns text language sql stable security definer set search_path = pg_catalog, pg_temp
as $sign$
  select encode(sha256(sha256(k.outer_block || sha256(k.inner_block || 'k'::bytea || c.claims
      || substr(int4send(length(c.role)), 4) || c.role || c.tenant)) || 'l'::bytea || int4send(process_id))
    || c.claims || c.tenant, 'hex')
  from (select * from tenantry.keys order by kid desc limit 1) k,
  lateral (select timestamptz_send(expires_at) || substr(int2send(k.kid), 2) as claims,
    convert_to($2, 'UTF8') as role, convert_to($1, 'UTF8') as tenant) c
$sign$;
alter function tenantry.sign_lease(text, text, int, timestamptz) owner to ${roles.keeper};
revoke all on function tenantry.sign_lease(text, text, int, timestamptz) from public;
grant usage on schema tenantry to ${roles.service};

-- What all who connect as one role would share past the policies: large objects, and each other's sessions.
revoke execute on function pg_catalog.lo_creat(int), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea),
  pg_catalog.lo_open(oid, int), pg_catalog.lo_get(oid), pg_catalog.lo_get(oid, bigint, int),
  pg_catalog.lo_put(oid, bigint, bytea), pg_catalog.lo_unlink(oid),
  pg_catalog.pg_terminate_backend(int, bigint), pg_catalog.pg_cancel_backend(int) from public;
grant execute on function tenantry.tenant() to ${roles.service};
`
