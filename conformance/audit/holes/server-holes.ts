import { keyObjects } from '../../../packages/isolation/src/database/lease-check.ts'
import type { AuditedDatabase } from '../audited-database.ts'
import { hole, type SeededHole } from '../seeded-hole.ts'

/** Keys, revocations and settings of the server. */
export function serverHoles({ role, name: database }: AuditedDatabase): SeededHole[] {
  return [
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
    hole(
      'REVOCATION_UNREAD',
      'tenant-y',
      'a key beside which a suspension was wiped away',
      `insert into tenantry.revocations values ('tenant-y'); select lo_put(${keyObjects + 1}, 0, '\\x00')`,
    ),
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
    hole(
      'SYSTEM_TABLE_UNDECLARED',
      'shop.inbox',
      'an inbox that is passed off as one to delete from',
      `update tenantry.system_tables set service_grants = '{insert,delete}' where name = 'inbox'; grant delete on shop.inbox to ${role}`,
    ),
  ]
}
