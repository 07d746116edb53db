import { centralSql } from './central-check.ts'
import { roles } from './isolation-roles.ts'
import { checkSql, type LeaseBinding } from './lease-check.ts'
import { revocationSql } from './revoke-tenant.ts'

/** Makes the roles; they belong to the whole server, so another database may be making them at this moment. */
export const rolesSql = Object.values(roles)
  .map(
    (role) => `do $$ begin create role ${role} nologin;
      exception when duplicate_object or unique_violation then null; end $$;`,
  )
  .join('\n')

/** The locked schema: keys, revocations, the check, and the record of what was protected. Can be run again. */
export const schemaSql = (binding: LeaseBinding) => `
create schema if not exists tenantry authorization ${roles.keeper};
revoke all on schema public from public;

create table if not exists tenantry.migrations (
  service text not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (service, name)
);
create table if not exists tenantry.service_roles (role text primary key, service text not null);
alter table tenantry.service_roles add column if not exists is_central bool not null default false;
create table if not exists tenantry.system_tables (
  service text not null,
  name text not null,
  service_grants text[] not null check (service_grants <@ '{select,insert,update,delete}'),
  primary key (service, name)
);
create table if not exists tenantry.shared_tables (
  service text not null,
  name text not null,
  primary key (service, name)
);
revoke all on all tables in schema tenantry from public;
grant select on tenantry.service_roles, tenantry.system_tables, tenantry.shared_tables to ${roles.owner};
grant select, insert on tenantry.migrations to ${roles.owner};

${revocationSql}
${checkSql(binding)}
${centralSql(binding)}
grant usage on schema tenantry to ${roles.service}, ${roles.central}, ${roles.owner};

-- What all who connect as one role would share past the policies: large objects, and each other's sessions.
revoke execute on function pg_catalog.lo_creat(int), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea),
  pg_catalog.lo_open(oid, int), pg_catalog.lo_get(oid), pg_catalog.lo_get(oid, bigint, int),
  pg_catalog.lo_put(oid, bigint, bytea), pg_catalog.lo_unlink(oid),
  pg_catalog.pg_terminate_backend(int, bigint), pg_catalog.pg_cancel_backend(int) from public;
grant execute on function pg_catalog.lo_get(oid), pg_catalog.lo_get(oid, bigint, int) to ${roles.keeper};
-- What the statements prepared on a connection say, to whoever comes there next; and code that no migration brought.
revoke all on pg_catalog.pg_prepared_statements from public;
revoke execute on function pg_catalog.pg_prepared_statement() from public;
revoke usage on language plpgsql from public;
grant usage on language plpgsql to ${roles.owner};
`
