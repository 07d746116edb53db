import type { AuditedDatabase } from '../audited-database.ts'
import { hole, type SeededHole } from '../seeded-hole.ts'

const hex = 'a1'.repeat(32)

const replaceCheck = (from: string, to: string) => `do $do$ begin execute replace(
  pg_get_functiondef('tenantry.tenant()'::regprocedure), ${from}, ${to}); end $do$`

/** A check that is not ours, and code that runs with more than a service’s own rights. */
export function codeHoles({ role, name: database }: AuditedDatabase): SeededHole[] {
  return [
    hole(
      'CHECK_CHANGED',
      'tenantry.tenant()',
      'a check that believes',
      `create or replace function tenantry.tenant() returns text language plpgsql stable parallel restricted security definer
       as $$ begin return current_setting('tenantry.lease'); end $$`,
    ),
    hole(
      'CHECK_CHANGED',
      'tenantry.tenant()',
      'a check of current_user',
      replaceCheck(`'session_user'`, `'current_user'`),
    ),
    hole(
      'CHECK_CHANGED',
      'tenantry.central()',
      'a check of central work that is always content',
      `create or replace function tenantry.central() returns text language sql stable parallel restricted security definer
       set search_path = pg_catalog, pg_temp as $$ select '' $$`,
    ),
    hole(
      'CHECK_ATTRIBUTES',
      'tenantry.central()',
      'a check of central work under any search path',
      'alter function tenantry.central() reset search_path',
    ),
    hole(
      'CHECK_EXECUTE',
      'tenantry.central()',
      'the check of central work for services',
      'grant execute on function tenantry.central() to tenantry_service',
    ),
    hole(
      'CHECK_CHANGED',
      'tenantry.explain',
      'no slow check',
      'alter function tenantry.explain(bytea, bool) rename to explained',
    ),
    hole(
      'CHECK_ATTRIBUTES',
      'tenantry.tenant()',
      'an IMMUTABLE check',
      'alter function tenantry.tenant() immutable',
    ),
    hole(
      'CHECK_ATTRIBUTES',
      'tenantry.tenant()',
      'a check as whoever asks',
      'alter function tenantry.tenant() security invoker',
    ),
    hole(
      'CHECK_ATTRIBUTES',
      'tenantry.explain',
      'a slow check without pg_temp at the end',
      'alter function tenantry.explain(bytea, bool) set search_path = pg_catalog',
    ),
    hole(
      'CHECK_ATTRIBUTES',
      'tenantry.tenant()',
      'a check of the superuser’s',
      'alter function tenantry.tenant() owner to current_user',
    ),
    hole(
      'LEASE_BOUND_TO_ROLE',
      'tenantry.tenant()',
      'leases that are good on every connection',
      replaceCheck(`'pg_catalog.pg_backend_pid()'`, `'0'`),
    ),
    hole(
      'CHECK_EXECUTE',
      'tenantry.explain',
      'the slow check for all',
      'grant execute on function tenantry.explain(bytea, bool) to public',
    ),
    hole(
      'LOCKED_SCHEMA_CODE',
      'tenantry.tenant(text)',
      'a second check',
      `create function tenantry.tenant(text) returns text language sql as 'select $1'`,
    ),
    hole(
      'FUNCTION_AS_OWNER',
      'shop.peek()',
      'a function that runs as its owner',
      `create function shop.peek() returns bigint language sql security definer as 'select count(*) from shop.notes'`,
    ),
    hole(
      'FUNCTION_LEAKPROOF',
      'shop.peek(text)',
      'a function that is shown rows early',
      `create function shop.peek(text) returns bool language sql leakproof as 'select true'`,
    ),
    hole(
      'KEY_IN_FUNCTION',
      'shop.secret()',
      'a key in a function’s body',
      `create function shop.secret() returns text language sql as $$ select '${hex}' $$`,
    ),
    hole(
      'KEY_IN_SETTING',
      database,
      'a key in a setting of the database',
      `alter database ${database} set app.key = '${hex}'`,
    ),
    hole(
      'KEY_IN_SETTING',
      role,
      'a lease in a setting of the role',
      `alter role ${role} set tenantry.lease = 'aa'`,
    ),
    hole(
      'EXTENSION_PLACE',
      'citext',
      'an extension among a service’s tables',
      'create extension citext schema shop',
    ),
    hole('EXTENSION_DOUBTFUL', 'pgcrypto', 'pgcrypto', 'create extension pgcrypto'),
    hole('EXTENSION', 'dblink', 'dblink', 'create extension dblink'),
    hole(
      'FOREIGN_SERVER',
      'other',
      'another server',
      `create extension postgres_fdw; create server other foreign data wrapper postgres_fdw; grant usage on foreign server other to ${role}`,
    ),
    hole(
      'FOREIGN_TABLE_GRANTED',
      'shop.far',
      'a table of another server',
      `create extension postgres_fdw; create server other foreign data wrapper postgres_fdw;
       create foreign table shop.far (id int) server other; grant select on shop.far to ${role}`,
    ),
    hole(
      'EVENT_TRIGGER',
      'watch',
      'an event trigger',
      `create function public.watch() returns event_trigger language plpgsql as 'begin end';
       create event trigger watch on ddl_command_end execute function public.watch()`,
    ),
    hole('LANGUAGE_GRANTED', 'plpgsql', 'code for everybody', 'grant usage on language plpgsql to public'),
  ]
}
