import type { AuditedDatabase } from '../audited-database.ts'
import { hole, type SeededHole } from '../seeded-hole.ts'

/** Rights that nobody should have. */
export function grantHoles({ role, central, name: database }: AuditedDatabase): SeededHole[] {
  return [
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
      'CENTRAL_RIGHTS',
      'shop.notes',
      'central work writes a service’s table',
      `grant update on shop.notes to ${central}`,
    ),
    hole(
      'CENTRAL_RIGHTS',
      'shop.inbox',
      'central work reads an inbox',
      `grant select on shop.inbox to ${central}`,
    ),
    hole(
      'CENTRAL_RIGHTS',
      'shop.notes_number_seq',
      'central work takes a sequence’s numbers',
      'grant usage on sequence shop.notes_number_seq to tenantry_central',
    ),
    hole(
      'TEMP_GRANTED',
      database,
      'temporary tables, for central work',
      `grant temporary on database ${database} to ${central}`,
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
    hole(
      'PARAMETER_GRANTED',
      'session_replication_role',
      'a superuser’s setting',
      `grant set on parameter session_replication_role to ${role}`,
    ),
    hole('CATALOG_GRANTED', 'pg_largeobject', 'the keys’ pages', 'grant select on pg_largeobject to public'),
    hole('CATALOG_GRANTED', 'pg_authid', 'the passwords’ hashes', `grant select on pg_authid to ${role}`),
    hole(
      'CATALOG_GRANTED',
      'pg_read_file',
      'the server’s files',
      'grant execute on function pg_read_file(text) to tenantry_service',
    ),
  ]
}
