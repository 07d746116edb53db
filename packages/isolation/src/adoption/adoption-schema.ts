import { escapeIdentifier } from 'pg'
import { roles } from '../database/isolation-roles.ts'
import { checkSql, type LeaseBinding } from '../database/lease-check.ts'
import { revocationSql } from '../database/revoke-tenant.ts'
import { adoptionStates } from './adoption-mode.ts'

/**
 * What a database gets that others use as well: the locked schema with keys, revocations and the check, the record of what
 * was adopted, and the two functions that tell instead of refusing. Nothing of what was there is changed or taken away.
 */
export const adoptionSql = (binding: LeaseBinding) => `
create schema if not exists tenantry authorization ${roles.keeper};
${revocationSql}
${checkSql(binding)}
-- Tables and roles as PostgreSQL knows them, so that one that is renamed stays the same. The column is the policy's.
create table if not exists tenantry.adopted (
  relation regclass primary key,
  role regrole not null,
  mode text not null,
  had_security boolean not null,
  was_forced boolean not null
);
-- What a service does with requests that are for no tenant, by the role that it connects as.
create table if not exists tenantry.adopted_roles (role regrole primary key, request_mode text not null);
revoke all on tenantry.adopted, tenantry.adopted_roles from public;
grant select on tenantry.adopted_roles to ${roles.keeper};

create or replace function tenantry.request_mode() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $mode$ select r.request_mode from tenantry.adopted_roles r join pg_roles o on o.oid = r.role where o.rolname = session_user $mode$;
alter function tenantry.request_mode() owner to ${roles.keeper};

-- The tenant of a good lease, or null. A subtransaction is no work for a parallel worker.
create or replace function tenantry.held() returns text
language plpgsql stable parallel unsafe set search_path = pg_catalog, pg_temp
as $held$
begin
  return tenantry.tenant();
exception when others then
  return null;
end
$held$;

-- Tells, once for each table and statement, of rows that are not the lease's tenant's; and lets them be.
create or replace function tenantry.noticed(relation regclass, deed text, loud boolean) returns boolean
language plpgsql volatile parallel unsafe set search_path = pg_catalog, pg_temp
as $noticed$
declare
  marker constant text := format('tenantry.noticed_%s_%s', relation::oid, deed);
  this constant text := statement_timestamp()::text;
  code constant text := case deed when 'read' then '${adoptionStates.read}' else '${adoptionStates.written}' end;
begin
  if current_setting(marker, true) is distinct from this then
    perform set_config(marker, this, true);
    if loud then
      raise warning 'rows that are not the tenant''s were %', deed using errcode = code, table = relation::text;
    else
      raise notice 'rows that are not the tenant''s were %', deed using errcode = code, table = relation::text;
    end if;
  end if;
  return true;
end
$noticed$;
revoke all on function tenantry.held(), tenantry.noticed(regclass, text, boolean), tenantry.request_mode() from public;
`

const functions =
  'tenantry.tenant(), tenantry.held(), tenantry.noticed(regclass, text, boolean), tenantry.request_mode()'

/** Lets the service's role ask the check: a policy asks as whoever runs the statement. */
export function grantAdoptionSql(role: string): string {
  const name = escapeIdentifier(role)
  return `grant usage on schema tenantry to ${name};\ngrant execute on function ${functions} to ${name};`
}

/** Takes back what `grantAdoptionSql` gave. */
export function revokeAdoptionSql(role: string): string {
  const name = escapeIdentifier(role)
  return `revoke all on function ${functions} from ${name};\nrevoke all on schema tenantry from ${name};`
}
