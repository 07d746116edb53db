import { extensionSchema, roles } from '../database/isolation-roles.ts'
import type { AuditRule } from './audit-rule.ts'

const verbs = `('select', 'insert', 'update', 'delete')`
const ofRelay = `object || ': ' || '${roles.relay}'`

/** What was granted, and what should not have been. */
export const grantRules: AuditRule[] = [
  {
    name: 'DATABASE_PUBLIC',
    severity: 'hole',
    fact: 'nobody connects to this database who was not granted it',
    mend: 'revoke all on database … from public',
    sql: `select quote_ident(datname) as object, 'everybody may connect' as detail from pg_database
      where datname = current_database() and exists (
        select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0 and privilege_type = 'CONNECT')`,
  },
  {
    name: 'TEMP_GRANTED',
    severity: 'hole',
    fact: 'no service makes temporary tables, which would wait on a connection for the next tenant',
    mend: 'revoke temporary on database … from public, and from the role',
    sql: `select quote_ident(current_database()) as object, name || ' has TEMPORARY' as detail from actor
      where not rolsuper and has_database_privilege(oid, current_database(), 'TEMPORARY')`,
  },
  {
    name: 'CREATE_GRANTED',
    severity: 'hole',
    fact: 'no service makes an object of its own, in any schema',
    mend: 'revoke create on schema …, and on the database, from public and from the role',
    sql: `select quote_ident(n.nspname) as object, a.name || ' has CREATE' as detail from actor a cross join pg_namespace n
      where not a.rolsuper and n.nspname !~ '^pg_(toast_)?temp_' and has_schema_privilege(a.oid, n.oid, 'CREATE')
      union all select quote_ident(current_database()), name || ' has CREATE' from actor
      where not rolsuper and has_database_privilege(oid, current_database(), 'CREATE')`,
  },
  {
    name: 'SCHEMA_OPEN',
    severity: 'hole',
    fact: 'a service reaches its own schema, the check’s and that of extensions',
    mend: 'revoke usage on schema … from the role, or from public',
    sql: `select quote_ident(n.nspname) as object, a.name || ' has USAGE' as detail from actor a cross join pg_namespace n
      left join tenantry.service_roles s on s.role = a.name
      where not a.rolsuper and a.name <> '${roles.relay}' and has_schema_privilege(a.oid, n.oid, 'USAGE')
        and n.nspname not in ('pg_catalog', 'information_schema', 'tenantry', '${extensionSchema}')
        and n.nspname !~ '^pg_' and n.nspname is distinct from s.service`,
  },
  {
    name: 'LOCKED_TABLE_GRANTED',
    severity: 'hole',
    fact: 'no service reads or writes the locked schema: revocations, roles, migrations',
    mend: 'revoke all on all tables in schema tenantry from the role, and from public',
    sql: `select object, roles || ' may ' || verb as detail from right_of where schema = 'tenantry'`,
  },
  {
    name: 'UNPROTECTED_GRANTED',
    severity: 'hole',
    fact: 'nothing is granted to a service that is not protected, shared or the platform’s',
    mend: 'run `tenantry migrate`, which protects the table; or declare it in `shared`; or revoke the grant',
    sql: `select g.object, g.roles || ' may ' || g.verb as detail from right_of g
      left join guarded t on t.oid = g.oid left join relation r on r.oid = g.oid
      where g.kind in ('r', 'p') and g.schema <> 'tenantry' and not coalesce(r.is_shared, false)
        and (t.oid is null or not t.relrowsecurity or t.tenant_column is null)`,
  },
  {
    name: 'VERB_GRANTED',
    severity: 'hole',
    fact: 'services have SELECT, INSERT, UPDATE and DELETE at most: TRUNCATE and TRIGGER go past policies',
    mend: 'revoke it from the role',
    sql: `select object, roles || ' may ' || verb as detail from right_of
      where kind in ('r', 'p', 'v') and verb not in ${verbs}`,
  },
  {
    name: 'GRANT_OPTION',
    severity: 'hole',
    fact: 'no service may pass on what it was granted',
    mend: 'revoke grant option for all privileges on … from the role',
    sql: `select object, role || ' may grant ' || verb as detail from granted where is_grantable`,
  },
  {
    name: 'SHARED_WRITABLE',
    severity: 'hole',
    fact: 'what all tenants read, no service writes',
    mend: 'revoke insert, update, delete on … from the role',
    sql: `select g.object, g.roles || ' may ' || g.verb as detail from right_of g join relation r on r.oid = g.oid
      where r.is_shared and g.verb <> 'select'`,
  },
  {
    name: 'SYSTEM_TABLE_RIGHTS',
    severity: 'hole',
    fact: 'a service only adds to its outbox and its inbox',
    mend: 'revoke it from the role',
    sql: `select g.object, g.role || ' may ' || g.verb as detail from granted g join relation r on r.oid = g.oid
      join tenantry.system_tables s on s.service = r.service and s.name = r.name
      where g.role <> '${roles.relay}' and g.verb in ${verbs} and g.verb <> all (s.service_grants)`,
  },
  {
    name: 'RELAY_RIGHTS',
    severity: 'hole',
    fact: 'the relay reads outboxes and marks what it relayed, and reaches nothing else',
    mend: `revoke it from ${roles.relay}`,
    sql: `select g.object, g.role || ' may ' || g.verb as detail from granted g left join relation r on r.oid = g.oid
      where g.role = '${roles.relay}' and not (coalesce(r.is_system, false) and r.name = 'outbox' and g.verb in ('select', 'update'))
      union all select ${ofRelay}, 'may update every column' from right_of g join relation r using (oid, object)
      where g.roles = '${roles.relay}' and r.name = 'outbox' and g.verb = 'update'
        and has_table_privilege('${roles.relay}', oid, 'update')`,
  },
  {
    name: 'CENTRAL_RIGHTS',
    severity: 'hole',
    fact: 'central work reads what services have, nothing of the platform’s, and writes nothing',
    mend: 'revoke it from the role',
    sql: `select g.object, g.role || ' may ' || g.verb as detail from granted g left join relation r on r.oid = g.oid
      where (g.role = '${roles.central}' or g.role in (select role from tenantry.service_roles where is_central))
        and (g.verb <> 'select' or g.kind = 'S' or coalesce(r.is_system, false))`,
  },
  {
    name: 'PARTITION_GRANTED',
    severity: 'hole',
    fact: 'partitions are reached through their parent',
    mend: 'revoke all on … from the role',
    sql: `select g.object, g.roles || ' may ' || g.verb as detail from right_of g join pg_class c on c.oid = g.oid
      where c.relispartition`,
  },
  {
    name: 'MATERIALIZED_VIEW_GRANTED',
    severity: 'hole',
    fact: 'no service reads a materialized view: it keeps all tenants’ rows, and has no policy',
    mend: 'revoke all on … from the role; drop it, or make it a view',
    sql: `select object, roles || ' may ' || verb as detail from right_of where kind = 'm'`,
  },
  {
    name: 'FOREIGN_TABLE_GRANTED',
    severity: 'hole',
    fact: 'no service reads a foreign table: its rows are not ours to protect',
    mend: 'revoke all on … from the role',
    sql: `select object, roles || ' may ' || verb as detail from right_of where kind = 'f'`,
  },
  {
    name: 'SEQUENCE_RIGHTS',
    severity: 'hole',
    fact: 'sequences give numbers, and tell nobody how many others took',
    mend: 'revoke select, update on sequence … from the role',
    sql: `select object, roles || ' may ' || verb as detail from right_of where kind = 'S' and verb <> 'usage'`,
  },
  {
    name: 'DEFAULT_PRIVILEGES',
    severity: 'hole',
    fact: 'nothing is granted to services beforehand',
    mend: 'alter default privileges … revoke all on … from the role',
    sql: `select coalesce(n.nspname, 'every schema') as object,
        coalesce(g.rolname, 'public') || ' gets ' || a.privilege_type || ' on what ' || d.defaclrole::regrole || ' makes' as detail
      from pg_default_acl d cross join aclexplode(d.defaclacl) a left join pg_roles g on g.oid = a.grantee
      left join pg_namespace n on n.oid = d.defaclnamespace
      where d.defaclobjtype in ('r', 'S', 'n') and (a.grantee = 0 or a.grantee in (select oid from actor_oid))`,
  },
  {
    name: 'PARAMETER_GRANTED',
    severity: 'hole',
    fact: 'no service sets what only a superuser sets',
    mend: 'revoke all on parameter … from the role',
    sql: `select p.parname as object, coalesce(g.rolname, 'public') || ' has ' || a.privilege_type as detail
      from pg_parameter_acl p cross join aclexplode(p.paracl) a left join pg_roles g on g.oid = a.grantee
      where a.grantee = 0 or a.grantee in (select oid from actor_oid)`,
  },
  {
    name: 'CATALOG_GRANTED',
    severity: 'hole',
    fact: 'of the system’s catalogs, services have what every role has',
    mend: 'revoke it from the role, or from public',
    sql: `select format('%I.%I', n.nspname, o.name) as object,
        coalesce(g.rolname, 'public') || ' has ' || a.privilege_type as detail
      from (select oid, 'pg_class'::regclass as catalog, relnamespace as schema, relname as name, relacl as acl from pg_class
        union all select oid, 'pg_proc'::regclass, pronamespace, proname, proacl from pg_proc) o
      join pg_namespace n on n.oid = o.schema and n.nspname = 'pg_catalog'
      cross join aclexplode(o.acl) a left join pg_roles g on g.oid = a.grantee
      left join pg_init_privs i on i.objoid = o.oid and i.classoid = o.catalog and i.objsubid = 0
      where (a.grantee = 0 or a.grantee in (select oid from actor_oid)) and not exists (
        select from aclexplode(coalesce(i.initprivs, case when o.catalog = 'pg_proc'::regclass then acldefault('f', 10) end)) b
        where b.grantee = a.grantee and b.privilege_type = a.privilege_type)`,
  },
]
