import { roles } from '../database/isolation-roles.ts'
import { markBytes, markOf } from '../database/lease-check.ts'
import { isKeyObject } from '../database/revoke-tenant.ts'
import type { AuditRule } from './audit-rule.ts'

// Each minor version mends holes that rows can be read through: CVE-2024-10976, CVE-2025-8713, CVE-2026-2005.
const mended = [160_012, 170_008, 180_002]
const isKnownBad = mended.map((version) => `v / 10000 = ${Math.floor(version / 10_000)} and v < ${version}`)

const builtins = (names: readonly string[]) =>
  `select p.oid::regprocedure::text as object, 'services may run it' as detail from pg_proc p
   where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in (${names.map((name) => `'${name}'`).join(', ')})
     and has_function_privilege('${roles.service}', p.oid, 'EXECUTE')`

/** The keys, the revocations, and what the server gives to everybody. */
export const serverRules: AuditRule[] = [
  {
    name: 'VERSION_OLD',
    severity: 'hole',
    fact: 'the server is PostgreSQL 16 or newer',
    mend: 'upgrade it',
    sql: `select 'the server' as object, 'is PostgreSQL ' || current_setting('server_version') as detail
      where current_setting('server_version_num')::int < 160000`,
  },
  {
    name: 'VERSION_KNOWN_BAD',
    severity: 'hole',
    fact: 'it has the minor version that mends what is known',
    mend: 'install the newest minor version',
    sql: `select 'the server' as object, 'is PostgreSQL ' || current_setting('server_version') as detail
      from (select current_setting('server_version_num')::int) s(v) where ${isKnownBad.join(' or ')}`,
  },
  {
    name: 'KEYS_MISSING',
    severity: 'weaker',
    fact: 'there is a key to verify leases with',
    mend: 'run `tenantry keys rotate`; until then every statement is refused',
    sql: `select quote_ident(current_database()) as object, 'has no key' as detail
      where not exists (select from pg_largeobject_metadata where ${isKeyObject})`,
  },
  {
    name: 'KEY_READABLE',
    severity: 'hole',
    fact: 'the keys belong to the keeper, and nobody else can read them',
    mend: 'alter large object … owner to tenantry_keeper, revoke all on it; then `tenantry keys rotate`',
    sql: `select 'large object ' || oid as object, case when lomowner <> '${roles.keeper}'::regrole
        then 'belongs to ' || lomowner::regrole else 'is granted: ' || lomacl::text end as detail
      from pg_largeobject_metadata where ${isKeyObject} and (lomowner <> '${roles.keeper}'::regrole or exists (
        select from aclexplode(lomacl) a where a.grantee <> lomowner))
      union all select 'the server', 'lo_compat_privileges is on' where current_setting('lo_compat_privileges')::bool`,
  },
  {
    name: 'LARGE_OBJECT',
    severity: 'weaker',
    fact: 'there is no large object but ours: no policy guards one',
    mend: 'lo_unlink(…)',
    sql: `select 'large object ' || oid as object, 'belongs to ' || lomowner::regrole as detail
      from pg_largeobject_metadata where not (${isKeyObject})`,
  },
  {
    name: 'REVOCATION_UNREAD',
    severity: 'hole',
    fact: 'the check knows every tenant that was suspended',
    mend: 'suspend the tenant again, or restart the control plane, which sets it right',
    readable: `has_table_privilege('tenantry.revocations', 'SELECT') and has_function_privilege('lo_get(oid,bigint,integer)', 'EXECUTE')`,
    sql: `select r.tenant as object, 'is suspended, and its leases are good' as detail
      from tenantry.revocations r where exists (select from pg_largeobject_metadata
        where ${isKeyObject} and get_bit(lo_get(oid, 0, ${markBytes}), ${markOf('r.tenant')}) = 0)`,
  },
  {
    name: 'LARGE_OBJECT_FUNCTIONS',
    severity: 'hole',
    fact: 'no service leaves a large object for the next tenant to find',
    mend: 'run `tenantry migrate`, which revokes it (a superuser’s right)',
    sql: builtins([
      ...['lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_get', 'lo_put', 'lo_unlink'],
      ...['lo_import', 'lo_export'],
    ]),
  },
  {
    name: 'SESSION_FUNCTIONS',
    severity: 'weaker',
    fact: 'no service ends another’s session, or reads what was prepared on a connection',
    mend: 'run `tenantry migrate`, which revokes it (a superuser’s right)',
    sql: `${builtins(['pg_terminate_backend', 'pg_cancel_backend', 'pg_prepared_statement'])}
      union all select 'pg_prepared_statements', 'services may read it'
      where has_table_privilege('${roles.service}', 'pg_prepared_statements', 'SELECT')`,
  },
  {
    name: 'LEASE_LOGGED',
    severity: 'weaker',
    fact: 'no lease comes into the server’s log',
    mend: 'log_parameter_max_length = 0 and log_parameter_max_length_on_error = 0',
    sql: `select name as object, 'is ' || setting as detail from pg_settings
      where name in ('log_parameter_max_length', 'log_parameter_max_length_on_error') and setting <> '0'
        and (name <> 'log_parameter_max_length' or current_setting('log_statement') in ('all', 'mod')
          or current_setting('log_min_duration_statement') <> '-1' or current_setting('log_min_duration_sample') <> '-1')`,
  },
  {
    name: 'TRUST_AUTHENTICATION',
    severity: 'hole',
    fact: 'every role has to prove who it is',
    mend: 'use scram-sha-256 in pg_hba.conf',
    readable: `has_table_privilege('pg_hba_file_rules', 'SELECT') and has_function_privilege('pg_hba_file_rules()', 'EXECUTE')`,
    sql: `select 'pg_hba.conf, line ' || line_number as object, type || ' connections are trusted' as detail
      from pg_hba_file_rules where auth_method = 'trust'`,
  },
  {
    name: 'CONNECTION_PLAIN',
    severity: 'weaker',
    fact: 'connections from other machines are encrypted',
    mend: 'ssl = on, and hostssl in pg_hba.conf',
    sql: `select 'the server' as object, 'listens on ' || current_setting('listen_addresses') || ' without TLS' as detail
      where not current_setting('ssl')::bool
        and exists (select from unnest(string_to_array(replace(current_setting('listen_addresses'), ' ', ''), ',')) a(host)
          where host <> '' and host not in ('localhost', '127.0.0.1', '::1'))`,
  },
]
