import { escapeLiteral } from 'pg'
import { centralSql } from '../database/central-check.ts'
import { extensionSchema, roles } from '../database/isolation-roles.ts'
import { checkSql } from '../database/lease-check.ts'
import { allowedExtensions } from '../migration/extensions.ts'
import type { AuditRule } from './audit-rule.ts'

const bodyOf = (sql: string, tag: string) => escapeLiteral(sql.split(`$${tag}$`)[1] ?? '')
const strict = bodyOf(checkSql('connection'), 'check')
const forRole = bodyOf(checkSql('role'), 'check')
const explain = bodyOf(checkSql('connection'), 'explain')
const [central, centralForRole] = [centralSql('connection'), centralSql('role')].map((sql) =>
  bodyOf(sql, 'central'),
)
const definers = `p.proname in ('tenant', 'central')`
const extensions = [...allowedExtensions, 'plpgsql'].map(escapeLiteral).join(', ')

/** The check itself, and whatever code runs with more than a service's own rights. */
export const codeRules: AuditRule[] = [
  {
    name: 'CHECK_CHANGED',
    severity: 'hole',
    fact: 'the check is the one that this version installs',
    mend: 'run `tenantry migrate`, which installs it anew; then find out who changed it',
    sql: `select wanted.name as object, case when p.oid is null then 'is missing' else 'has another body' end as detail
      from (values ('tenantry.tenant()', array[${strict}, ${forRole}]), ('tenantry.explain(bytea,boolean)', array[${explain}]),
          ('tenantry.central()', array[${central}, ${centralForRole}])) as wanted(name, bodies)
      left join pg_proc p on p.oid = to_regprocedure(wanted.name) where p.oid is null or p.prosrc <> all (wanted.bodies)`,
  },
  {
    name: 'CHECK_ATTRIBUTES',
    severity: 'hole',
    fact: 'the check is STABLE and SECURITY DEFINER, belongs to the keeper, and is found by no search path',
    mend: 'run `tenantry migrate`, which installs it anew; then find out who changed it',
    sql: `select p.oid::regprocedure::text as object, concat_ws(', ',
        case p.provolatile when 'i' then 'IMMUTABLE' when 'v' then 'VOLATILE' end,
        case when p.proparallel <> 'r' then 'not PARALLEL RESTRICTED' end,
        case when p.proleakproof then 'LEAKPROOF' end,
        case when p.prosecdef <> (${definers}) then 'SECURITY ' || case when p.prosecdef then 'DEFINER' else 'INVOKER' end end,
        case when p.proowner <> '${roles.keeper}'::regrole then 'belongs to ' || p.proowner::regrole end,
        case when p.proconfig is distinct from w.config then 'SET ' || coalesce(array_to_string(p.proconfig, ', '), 'nothing') end,
        case when l.lanname <> 'plpgsql' then 'in ' || l.lanname end) as detail
      from (values ('tenantry.tenant()', null), ('tenantry.explain(bytea,boolean)', array['search_path=pg_catalog, pg_temp']),
        ('tenantry.central()', array['search_path=pg_catalog, pg_temp'])) as w(name, config)
      join pg_proc p on p.oid = to_regprocedure(w.name) join pg_language l on l.oid = p.prolang
      where p.provolatile <> 's' or p.proparallel <> 'r' or p.proleakproof or p.prosecdef <> (${definers})
        or p.proowner <> '${roles.keeper}'::regrole or p.proconfig is distinct from w.config or l.lanname <> 'plpgsql'`,
  },
  {
    name: 'LEASE_BOUND_TO_ROLE',
    severity: 'weaker',
    fact: 'a lease is good on the connection that it was made for',
    mend: 'connect without a transaction pooler, or accept that a lease lifted from one connection is good on the role’s others',
    sql: `select p.oid::regprocedure::text as object, 'leases are bound to the role, for a transaction pooler' as detail
      from pg_proc p where (p.oid = to_regprocedure('tenantry.tenant()') and p.prosrc = ${forRole})
        or (p.oid = to_regprocedure('tenantry.central()') and p.prosrc = ${centralForRole})`,
  },
  {
    name: 'CHECK_EXECUTE',
    severity: 'hole',
    fact: 'services ask the check, central work its own, and neither can run anything else of the locked schema',
    mend: 'revoke execute on function … from public, and from the role',
    sql: `select p.oid::regprocedure::text as object, coalesce(g.rolname, 'public') || ' may run it' as detail
      from routine p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      left join pg_roles g on g.oid = a.grantee
      where p.schema = 'tenantry' and a.grantee <> p.proowner
        and not (p.oid = to_regprocedure('tenantry.tenant()') and g.rolname = '${roles.service}')
        and not (p.oid = to_regprocedure('tenantry.central()') and g.rolname = '${roles.central}')`,
  },
  {
    name: 'LOCKED_SCHEMA_CODE',
    severity: 'hole',
    fact: 'the locked schema holds no code but the two checks',
    mend: 'drop it; then find out who made it',
    sql: `select oid::regprocedure::text as object, 'is not ours' as detail from routine
      where schema = 'tenantry' and oid not in (coalesce(to_regprocedure('tenantry.tenant()'), 0),
        coalesce(to_regprocedure('tenantry.central()'), 0), coalesce(to_regprocedure('tenantry.explain(bytea,boolean)'), 0))
      union all select t.tgrelid::regclass::text, 'has the trigger ' || quote_ident(t.tgname) from pg_trigger t
      join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'tenantry'::regnamespace and not t.tgisinternal`,
  },
  {
    name: 'FUNCTION_AS_OWNER',
    severity: 'hole',
    fact: 'no function or trigger that a service reaches runs as somebody else',
    mend: 'alter function … security invoker',
    sql: `select oid::regprocedure::text as object, 'is SECURITY DEFINER, as ' || proowner::regrole as detail
      from routine where prosecdef and schema <> 'tenantry'`,
  },
  {
    name: 'FUNCTION_LEAKPROOF',
    severity: 'hole',
    fact: 'no function is shown rows before the policy has seen them',
    mend: 'alter function … not leakproof',
    sql: `select oid::regprocedure::text as object, 'is LEAKPROOF' as detail from own_routine where proleakproof`,
  },
  {
    name: 'KEY_IN_FUNCTION',
    severity: 'hole',
    fact: 'no function’s body, which all can read, holds what looks like a key',
    mend: 'drop the function, and rotate what it holds',
    sql: `select oid::regprocedure::text as object, 'its body holds 32 bytes or more, in hex or in base64' as detail
      from own_routine where prosrc ~* '[^0-9a-z]([0-9a-f]{64,}|[a-z0-9+/_-]{43}=?)[^0-9a-z=]'
        and prosrc ~ '[0-9]' `,
  },
  {
    name: 'KEY_IN_SETTING',
    severity: 'hole',
    fact: 'no setting, which all can read, holds a lease or a key',
    mend: 'alter database … reset …, or alter role … reset …, and rotate what it holds',
    sql: `select coalesce(r.rolname, d.datname, 'every role') as object,
        split_part(s.setting, '=', 1) || ' is set' as detail
      from pg_db_role_setting c cross join unnest(c.setconfig) s(setting)
      left join pg_roles r on r.oid = c.setrole left join pg_database d on d.oid = c.setdatabase
      where s.setting like 'tenantry.%' or s.setting ~ '=.*[0-9a-fA-F]{64}'
      union all select 'the server', name || ' is set' from pg_settings
      where name like 'tenantry.%' and source <> 'session' and setting <> ''`,
  },
  {
    name: 'EXTENSION',
    severity: 'hole',
    fact: 'no extension reaches files, the network or other sessions',
    mend: 'drop extension …',
    sql: `select quote_ident(extname) as object, 'is not among the extensions that a migration may make' as detail
      from pg_extension where extname not in (${extensions}, 'pgcrypto', 'pg_stat_statements')`,
  },
  {
    name: 'EXTENSION_DOUBTFUL',
    severity: 'weaker',
    fact: 'no extension keeps statements’ texts, or has had holes of its own',
    mend: 'drop extension …; PostgreSQL has gen_random_uuid(), sha256() and more without one',
    sql: `select quote_ident(extname) as object, 'is installed' as detail from pg_extension
      where extname in ('pgcrypto', 'pg_stat_statements')`,
  },
  {
    name: 'EXTENSION_PLACE',
    severity: 'weaker',
    fact: 'extensions are in a schema of their own',
    mend: `alter extension … set schema ${extensionSchema}`,
    sql: `select quote_ident(extname) as object, 'is in the schema ' || extnamespace::regnamespace as detail
      from pg_extension where extname <> 'plpgsql' and extnamespace <> coalesce(to_regnamespace('${extensionSchema}'), 0)`,
  },
  {
    name: 'EVENT_TRIGGER',
    severity: 'weaker',
    fact: 'no event trigger runs in our migrations',
    mend: 'drop event trigger …',
    sql: `select quote_ident(evtname) as object, 'runs ' || evtfoid::regprocedure || ' at ' || evtevent as detail from pg_event_trigger`,
  },
  {
    name: 'LANGUAGE_GRANTED',
    severity: 'weaker',
    fact: 'a service runs no code that no migration brought',
    mend: 'revoke usage on language … from public, and from the role',
    sql: `select quote_ident(l.lanname) as object, 'services may use it' as detail from pg_language l
      where l.lanname not in ('internal', 'c', 'sql') and has_language_privilege('${roles.service}', l.oid, 'USAGE')`,
  },
  {
    name: 'FOREIGN_SERVER',
    severity: 'hole',
    fact: 'no service reaches another server through this one',
    mend: 'revoke usage on foreign server … from the role, and from public; drop its user mappings',
    sql: `select quote_ident(s.srvname) as object, a.name || ' may use it' as detail from pg_foreign_server s cross join actor a
      where not a.rolsuper and has_server_privilege(a.oid, s.oid, 'USAGE')`,
  },
]
