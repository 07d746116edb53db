import { keyObjects, revocationObject } from '../../packages/isolation/src/database/lease-check.ts'
import type { AuditedDatabase } from './audited-database.ts'

/** A hole, made on purpose. */
export interface SeededHole {
  /** What was done to the database. */
  readonly name: string
  /** The finding that has to name it. */
  readonly rule: string
  /** What the finding's object has to hold. */
  readonly object: string
  /** Makes it, inside a transaction that is rolled back. */
  readonly sql: string
}

const hex = 'a1'.repeat(32)
const own = 'tenantry_tenant = (select tenantry.tenant())'

/** At least one hole for every question of the audit that a test can make one for. */
export function seededHoles({ role, name: database, elsewhere }: AuditedDatabase): SeededHole[] {
  const hole = (rule: string, object: string, name: string, sql: string): SeededHole => ({
    rule,
    object,
    name,
    sql,
  })
  const policy = (change: string) => `drop policy tenantry_isolation on shop.notes;
    create policy tenantry_isolation on shop.notes ${change}`
  const replaceCheck = (from: string, to: string) => `do $do$ begin execute replace(
    pg_get_functiondef('tenantry.tenant()'::regprocedure), ${from}, ${to}); end $do$`
  return [
    // Tables and policies
    hole(
      'ROW_SECURITY_OFF',
      'shop.notes',
      'row security is off',
      'alter table shop.notes disable row level security',
    ),
    hole(
      'ROW_SECURITY_OFF',
      'shop.visits_2026',
      'row security is off on a partition',
      'alter table shop.visits_2026 disable row level security',
    ),
    hole(
      'ROW_SECURITY_OFF',
      'shop.loose',
      'a table that nobody protected',
      'create table shop.loose (id int)',
    ),
    hole(
      'FORCE_MISSING',
      'shop.notes',
      'the owner is not bound',
      'alter table shop.notes no force row level security',
    ),
    hole('TENANT_COLUMN', 'shop.loose', 'a table without a tenant', 'create table shop.loose (id int)'),
    hole(
      'TENANT_COLUMN',
      'shop.notes',
      'a row may be nobody’s',
      'alter table shop.notes alter tenantry_tenant drop not null',
    ),
    hole(
      'TENANT_DEFAULT',
      'shop.notes',
      'rows are one tenant’s by default',
      `alter table shop.notes alter tenantry_tenant set default 'a'`,
    ),
    hole(
      'POLICY_MISSING',
      'shop.notes',
      'the policy is gone',
      'drop policy tenantry_isolation on shop.notes',
    ),
    hole(
      'POLICY_MISSING',
      'shop.visits_2026',
      'a partition’s policy is gone',
      'drop policy tenantry_isolation on shop.visits_2026',
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy checks no writes',
      policy(`to tenantry_service using (${own}) with check (true)`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy has no WITH CHECK of its own',
      policy(`to tenantry_service using (${own})`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy lets all through',
      policy(`to tenantry_service using (true) with check (${own})`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy believes a setting',
      policy(
        `to tenantry_service using (tenantry_tenant = current_setting('app.tenant')) with check (${own})`,
      ),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy asks for every row',
      policy(`to tenantry_service using (tenantry_tenant = tenantry.tenant()) with check (${own})`),
    ),
    hole(
      'POLICY_CHANGED',
      'shop.notes',
      'the policy is for everybody',
      policy(`using (${own}) with check (${own})`),
    ),
    hole(
      'POLICY_EXTRA',
      'shop.notes',
      'a second policy lets more through',
      'create policy support on shop.notes for select to tenantry_service using (true)',
    ),
    hole(
      'POLICY_EXTRA',
      'shop.notes',
      'the relay has a policy on a service’s table',
      'create policy tenantry_relay on shop.notes to tenantry_relay using (true)',
    ),
    hole(
      'POLICY_EXTRA',
      'shop.outbox',
      'the relay’s policy is for all',
      'drop policy tenantry_relay on shop.outbox; create policy tenantry_relay on shop.outbox using (true)',
    ),
    hole(
      'VIEW_AS_OWNER',
      'shop.recent',
      'a view reads as its owner',
      'alter view shop.recent reset (security_invoker)',
    ),
    hole(
      'RULE',
      'shop.notes',
      'a rule rewrites inserts',
      'create rule copies as on insert to shop.notes do also notify copied',
    ),
    hole(
      'MATERIALIZED_VIEW',
      'shop.totals',
      'a materialized view',
      'create materialized view shop.totals as select 1',
    ),
    hole(
      'TABLE_OWNER',
      'shop.notes',
      'a table of the superuser',
      'alter table shop.notes owner to current_user',
    ),
    hole('PUBLICATION', 'shop.notes', 'a publication', 'create publication copies for table shop.notes'),
    // Keys
    hole(
      'UNIQUE_ACROSS_TENANTS',
      'shop.notes',
      'a unique index over all tenants',
      'create unique index on shop.notes (text)',
    ),
    hole(
      'UNIQUE_ACROSS_TENANTS',
      'shop.notes',
      'a unique index that only includes the tenant',
      'create unique index on shop.notes (text) include (tenantry_tenant)',
    ),
    hole(
      'UNIQUE_ACROSS_TENANTS',
      'shop.tags',
      'a serial key over all tenants',
      'alter table shop.tags add constraint tags_id_only unique (id)',
    ),
    hole(
      'EXCLUSION_ACROSS_TENANTS',
      'shop.notes',
      'an exclusion over all tenants',
      'alter table shop.notes add exclude using btree (text with =)',
    ),
    hole(
      'FOREIGN_KEY_ACROSS_TENANTS',
      'shop.children',
      'a foreign key by the id alone',
      'create table shop.children (tenantry_tenant text, note uuid references shop.notes (id))',
    ),
    hole(
      'FOREIGN_KEY_ACROSS_TENANTS',
      'shop.currencies',
      'shared rows that refer to a tenant’s',
      'alter table shop.currencies add note uuid references shop.notes (id)',
    ),
    hole(
      'FOREIGN_KEY_UNCHECKED',
      'shop.notes',
      'a foreign key whose triggers are off',
      'alter table shop.notes disable trigger all',
    ),
    hole('INDEX_NOT_LED', 'shop.notes', 'an index through all tenants', 'create index on shop.notes (text)'),
    // Grants
    hole(
      'DATABASE_PUBLIC',
      database,
      'everybody may connect',
      `grant connect on database ${database} to public`,
    ),
    hole(
      'TEMP_GRANTED',
      database,
      'temporary tables, for everybody',
      `grant temporary on database ${database} to public`,
    ),
    hole(
      'TEMP_GRANTED',
      database,
      'temporary tables, for a service',
      `grant temporary on database ${database} to ${role}`,
    ),
    hole(
      'CREATE_GRANTED',
      'public',
      'everybody makes objects in public',
      'grant create on schema public to public',
    ),
    hole(
      'CREATE_GRANTED',
      'shop',
      'a service makes objects in its schema',
      `grant create on schema shop to ${role}`,
    ),
    hole(
      'CREATE_GRANTED',
      database,
      'a service makes schemas',
      `grant create on database ${database} to ${role}`,
    ),
    hole(
      'SCHEMA_OPEN',
      'other',
      'a service reaches another’s schema',
      `create schema other; grant usage on schema other to ${role}`,
    ),
    hole(
      'LOCKED_TABLE_GRANTED',
      'tenantry.revocations',
      'a service takes revocations back',
      `grant delete on tenantry.revocations to ${role}`,
    ),
    hole(
      'LOCKED_TABLE_GRANTED',
      'tenantry.service_roles',
      'everybody reads the roles',
      'grant select on tenantry.service_roles to public',
    ),
    hole(
      'UNPROTECTED_GRANTED',
      'shop.loose',
      'an unprotected table is granted',
      `create table shop.loose (id int); grant select on shop.loose to ${role}`,
    ),
    hole(
      'UNPROTECTED_GRANTED',
      'public.loose',
      'a table elsewhere is granted',
      'create table public.loose (id int); grant select on public.loose to public',
    ),
    hole('VERB_GRANTED', 'shop.notes', 'TRUNCATE', `grant truncate on shop.notes to ${role}`),
    hole('VERB_GRANTED', 'shop.notes', 'TRIGGER', 'grant trigger on shop.notes to tenantry_service'),
    hole('VERB_GRANTED', 'shop.notes', 'REFERENCES', `grant references (id) on shop.notes to ${role}`),
    hole('VERB_GRANTED', 'shop.notes', 'GRANT ALL', `grant all on shop.notes to ${role}`),
    hole(
      'GRANT_OPTION',
      'shop.notes',
      'a grant to pass on',
      `grant select on shop.notes to ${role} with grant option`,
    ),
    hole(
      'SHARED_WRITABLE',
      'shop.currencies',
      'a shared table that services write',
      `grant insert on shop.currencies to ${role}`,
    ),
    hole(
      'SYSTEM_TABLE_RIGHTS',
      'shop.inbox',
      'an inbox to delete from',
      `grant delete on shop.inbox to ${role}`,
    ),
    hole('SYSTEM_TABLE_RIGHTS', 'shop.outbox', 'an outbox to read', `grant select on shop.outbox to ${role}`),
    hole(
      'RELAY_RIGHTS',
      'shop.notes',
      'the relay reads a service’s table',
      'grant select on shop.notes to tenantry_relay',
    ),
    hole(
      'RELAY_RIGHTS',
      'shop.outbox',
      'the relay deletes from an outbox',
      'grant delete on shop.outbox to tenantry_relay',
    ),
    hole(
      'RELAY_RIGHTS',
      'shop.outbox',
      'the relay changes an event',
      'grant update on shop.outbox to tenantry_relay',
    ),
    hole(
      'PARTITION_GRANTED',
      'shop.visits_2026',
      'a partition is granted',
      `grant select on shop.visits_2026 to ${role}`,
    ),
    hole(
      'MATERIALIZED_VIEW_GRANTED',
      'shop.totals',
      'a materialized view is granted',
      `create materialized view shop.totals as select 1; grant select on shop.totals to ${role}`,
    ),
    hole(
      'SEQUENCE_RIGHTS',
      'shop.notes_number_seq',
      'a sequence to read',
      `grant select on sequence shop.notes_number_seq to ${role}`,
    ),
    hole(
      'SEQUENCE_RIGHTS',
      'shop.notes_number_seq',
      'a sequence to set',
      `grant update on sequence shop.notes_number_seq to ${role}`,
    ),
    hole(
      'DEFAULT_PRIVILEGES',
      'shop',
      'the next table is granted beforehand',
      `alter default privileges in schema shop grant select on tables to ${role}`,
    ),
    hole('CATALOG_GRANTED', 'pg_largeobject', 'the keys’ pages', 'grant select on pg_largeobject to public'),
    hole('CATALOG_GRANTED', 'pg_authid', 'the passwords’ hashes', `grant select on pg_authid to ${role}`),
    hole(
      'CATALOG_GRANTED',
      'pg_read_file',
      'the server’s files',
      'grant execute on function pg_read_file(text) to tenantry_service',
    ),
    // Roles
    hole('ROLE_SUPERUSER', role, 'a superuser', `alter role ${role} superuser`),
    hole(
      'ROLE_SUPERUSER',
      'tenantry_owner',
      'an owner who is a superuser',
      'alter role tenantry_owner superuser',
    ),
    hole('ROLE_BYPASSES', role, 'a service with BYPASSRLS', `alter role ${role} bypassrls`),
    hole('ROLE_BYPASSES', 'tenantry_relay', 'a relay with BYPASSRLS', 'alter role tenantry_relay bypassrls'),
    hole('ROLE_POWERS', role, 'a service that makes roles', `alter role ${role} createrole`),
    hole('ROLE_POWERS', role, 'a service that replicates', `alter role ${role} replication`),
    hole('ROLE_MEMBER', role, 'a service that reads all data', `grant pg_read_all_data to ${role}`),
    hole(
      'ROLE_MEMBER',
      role,
      'a service that is the owner',
      `grant tenantry_owner to ${role} with inherit false`,
    ),
    hole(
      'ROLE_MEMBER',
      'tenantry_relay',
      'a relay that is a service',
      'grant tenantry_service to tenantry_relay',
    ),
    hole(
      'ROLE_ADMIN',
      role,
      'a service that makes members',
      `grant tenantry_service to ${role} with admin option`,
    ),
    hole(
      'ROLE_UNKNOWN',
      'stranger',
      'a member that nobody registered',
      `create role stranger login; grant tenantry_service to stranger; grant connect on database ${database} to stranger`,
    ),
    hole('GROUP_LOGIN', 'tenantry_keeper', 'a keeper who logs in', 'alter role tenantry_keeper login'),
    hole(
      'OWNER_MEMBER',
      'stranger',
      'a member of the owner',
      'create role stranger login; grant tenantry_owner to stranger',
    ),
    hole('ROLE_OWNS', role, 'a table of the service’s own', `alter table shop.notes owner to ${role}`),
    hole('ROLE_OWNS', role, 'a schema of the service’s own', `create schema mine authorization ${role}`),
    hole(
      'CONNECT_ELSEWHERE',
      role,
      'a service that connects to another database',
      `grant connect on database ${elsewhere} to ${role}`,
    ),
    hole(
      'SEARCH_PATH',
      role,
      'a search path through public',
      `alter role ${role} set search_path = public, shop`,
    ),
    hole('SEARCH_PATH', role, 'no search path', `alter role ${role} reset search_path`),
    hole(
      'ACTIVITY_VISIBLE',
      role,
      'a service whose statements are seen',
      `alter role ${role} reset track_activities`,
    ),
    // Code
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
    // Keys, revocations and the server
    hole(
      'KEYS_MISSING',
      database,
      'no key',
      `select lo_unlink(oid) from pg_largeobject_metadata where oid = ${keyObjects + 1}`,
    ),
    hole(
      'KEY_READABLE',
      `large object ${keyObjects + 1}`,
      'a key of the service’s',
      `grant select on large object ${keyObjects + 1} to ${role}`,
    ),
    hole(
      'KEY_READABLE',
      `large object ${keyObjects + 1}`,
      'a key of the owner’s',
      `alter large object ${keyObjects + 1} owner to tenantry_owner`,
    ),
    hole('KEY_READABLE', 'the server', 'large objects without rights', 'set local lo_compat_privileges = on'),
    hole('LARGE_OBJECT', 'large object 4711', 'a large object', 'select lo_create(4711)'),
    hole(
      'REVOCATION_UNREAD',
      'tenant-x',
      'a suspension that the check does not see',
      `insert into tenantry.revocations values ('tenant-x')`,
    ),
    hole('REVOCATION_UNREAD', database, 'no list of revocations', `select lo_unlink(${revocationObject})`),
    hole(
      'LARGE_OBJECT_FUNCTIONS',
      'lo_from_bytea',
      'large objects for everybody',
      'grant execute on function lo_from_bytea(oid, bytea) to public',
    ),
    hole(
      'SESSION_FUNCTIONS',
      'pg_terminate_backend',
      'ending others’ sessions',
      'grant execute on function pg_terminate_backend(int, bigint) to public',
    ),
    hole(
      'SESSION_FUNCTIONS',
      'pg_prepared_statements',
      'reading what was prepared',
      'grant select on pg_prepared_statements to public',
    ),
    hole(
      'LEASE_LOGGED',
      'log_parameter_max_length_on_error',
      'parameters of errors in the log',
      'set local log_parameter_max_length_on_error = -1',
    ),
    hole(
      'SHARED_UNDECLARED',
      'shop.notes',
      'a table that is passed off as shared',
      `insert into tenantry.shared_tables values ('shop', 'notes')`,
    ),
  ]
}
