import { extensionSchema, roles } from '../database/isolation-roles.ts'
import type { AuditRule } from './audit-rule.ts'

/** Who connects, and what they could become. */
export const roleRules: AuditRule[] = [
  {
    name: 'ROLE_SUPERUSER',
    severity: 'hole',
    fact: 'no role of ours is a superuser',
    mend: 'alter role … nosuperuser: policies do not bind a superuser',
    sql: `select rolname as object, 'is a superuser' as detail from pg_roles
      where rolsuper and (oid in (select oid from actor) or rolname in ('${roles.keeper}', '${roles.owner}'))`,
  },
  {
    name: 'ROLE_BYPASSES',
    severity: 'hole',
    fact: 'no role of ours has BYPASSRLS',
    mend: 'alter role … nobypassrls',
    sql: `select rolname as object, 'has BYPASSRLS' as detail from pg_roles
      where rolbypassrls and (oid in (select oid from actor) or rolname in ('${roles.keeper}', '${roles.owner}'))`,
  },
  {
    name: 'ROLE_POWERS',
    severity: 'hole',
    fact: 'no role of ours makes roles or databases, or replicates',
    mend: 'alter role … nocreaterole nocreatedb noreplication',
    sql: `select rolname as object, concat_ws(', ', case when rolcreaterole then 'CREATEROLE' end,
        case when rolcreatedb then 'CREATEDB' end, case when rolreplication then 'REPLICATION' end) as detail
      from pg_roles where (rolcreaterole or rolcreatedb or rolreplication)
        and (oid in (select oid from actor) or rolname in ('${roles.keeper}', '${roles.owner}'))`,
  },
  {
    name: 'ROLE_MEMBER',
    severity: 'hole',
    fact: `a service’s role is a member of ${roles.service}, one of central work of ${roles.central}, and neither of anything else`,
    mend: 'revoke the membership',
    sql: `select a.name as object, 'is a member of ' || r.rolname as detail from pg_auth_members m
      join actor a on a.oid = m.member join pg_roles r on r.oid = m.roleid left join tenantry.service_roles s on s.role = a.name
      where r.rolname <> case when s.is_central then '${roles.central}' else '${roles.service}' end or a.name = '${roles.relay}'`,
  },
  {
    name: 'ROLE_ADMIN',
    severity: 'hole',
    fact: 'no role of ours can make others a member of its group',
    mend: `grant ${roles.service}, or ${roles.central}, to … with inherit true, set false, and revoke the admin option`,
    sql: `select a.name as object, 'has the admin option for ' || r.rolname as detail from pg_auth_members m
      join actor a on a.oid = m.member join pg_roles r on r.oid = m.roleid where m.admin_option`,
  },
  {
    name: 'ROLE_UNKNOWN',
    severity: 'hole',
    fact: `every member of ${roles.service} or ${roles.central} that may connect here is a deployment’s role`,
    mend: 'revoke the membership, or make the role with `grantServiceRole` or `grantCentralRole`',
    sql: `select a.name as object, 'is no deployment’s role, and may connect' as detail from actor a
      where a.name not in ('${roles.service}', '${roles.central}', '${roles.relay}') and not a.rolsuper and a.rolcanlogin
        and a.name not in (select role from tenantry.service_roles)
        and has_database_privilege(a.oid, current_database(), 'CONNECT')`,
  },
  {
    name: 'GROUP_LOGIN',
    severity: 'hole',
    fact: 'nobody logs in as the keeper, the owner, the group of services or that of central work',
    mend: 'alter role … nologin',
    sql: `select rolname as object, 'can log in' as detail from pg_roles
      where rolcanlogin and rolname in ('${roles.keeper}', '${roles.owner}', '${roles.service}', '${roles.central}')`,
  },
  {
    name: 'OWNER_MEMBER',
    severity: 'hole',
    fact: 'nobody is a member of the keeper or the owner, but a migration while it runs',
    mend: 'revoke the membership: an owner can take the policies away',
    sql: `select m.member::regrole::text as object, 'is a member of ' || m.roleid::regrole::text as detail
      from pg_auth_members m join pg_roles r on r.oid = m.member
      where m.roleid in ('${roles.keeper}'::regrole, '${roles.owner}'::regrole)
        and not (m.roleid = '${roles.owner}'::regrole and r.rolname in (select datname || '_migrator' from pg_database))`,
  },
  {
    name: 'ROLE_OWNS',
    severity: 'hole',
    fact: 'no service’s role owns anything',
    mend: 'alter … owner to another role: an owner is above its grants',
    sql: `select a.name as object, 'owns ' || pg_describe_object(d.classid, d.objid, d.objsubid) as detail
      from pg_shdepend d join actor a on a.oid = d.refobjid
      where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o'
        and d.dbid in (0, (select oid from pg_database where datname = current_database()))
      union all select a.name, 'owns the database' from pg_database b join actor a on a.oid = b.datdba
      where b.datname = current_database()`,
  },
  {
    name: 'CONNECT_ELSEWHERE',
    severity: 'hole',
    fact: 'a deployment’s role connects to this database alone',
    mend: 'revoke connect on database … from public, and from the role',
    sql: `select a.name as object, 'may connect to the database ' || quote_ident(d.datname) as detail
      from actor a cross join pg_database d
      where a.name in (select role from tenantry.service_roles) and not a.rolsuper and d.datallowconn
        and d.datname <> current_database() and has_database_privilege(a.oid, d.oid, 'CONNECT')`,
  },
  {
    name: 'SEARCH_PATH',
    severity: 'hole',
    fact: 'a service’s names are found in its own schema, and in that of extensions',
    mend: `alter role … set search_path = <the service>, ${extensionSchema}`,
    sql: `select s.role as object, coalesce('has ' || found.setting, 'has no search_path') as detail
      from tenantry.service_roles s join pg_roles r on r.rolname = s.role
      left join lateral (select c.setting from pg_db_role_setting d cross join unnest(d.setconfig) c(setting)
        where d.setrole in (r.oid, 0) and d.setdatabase in (0, (select oid from pg_database where datname = current_database()))
          and c.setting like 'search_path=%'
        order by d.setrole = 0, d.setdatabase = 0 limit 1) found on true
      where replace(coalesce(found.setting, ''), '"', '') <> 'search_path=' || s.service || ', ${extensionSchema}'`,
  },
  {
    name: 'ROLE_SETTING',
    severity: 'hole',
    fact: 'no setting of a role or of the database takes a check away',
    mend: 'alter role … reset …, or alter database … reset …',
    sql: `select coalesce(r.rolname, quote_ident(current_database())) as object, 'has ' || c.setting as detail
      from pg_db_role_setting d cross join unnest(d.setconfig) c(setting) left join pg_roles r on r.oid = d.setrole
      where (d.setrole = 0 or d.setrole in (select oid from actor_oid))
        and d.setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and (split_part(c.setting, '=', 1) in ('role', 'session_authorization', 'session_replication_role', 'lo_compat_privileges',
            'session_preload_libraries', 'local_preload_libraries') or c.setting = 'row_security=off')`,
  },
  {
    name: 'CENTRAL_NOT_READ_ONLY',
    severity: 'weaker',
    fact: 'transactions of central work are read-only from the start',
    mend: 'alter role … set default_transaction_read_only = on, or deploy the service again',
    sql: `select r.rolname as object, 'has no default_transaction_read_only' as detail
      from tenantry.service_roles s join pg_roles r on r.rolname = s.role
      where s.is_central and not exists (select from pg_db_role_setting d
        where d.setrole = r.oid and 'default_transaction_read_only=on' = any (d.setconfig))`,
  },
  {
    name: 'ACTIVITY_VISIBLE',
    severity: 'weaker',
    fact: 'pg_stat_activity does not show what services run',
    mend: 'alter role … set track_activities = off (a superuser’s right)',
    sql: `select r.rolname as object, 'track_activities is on' as detail
      from tenantry.service_roles s join pg_roles r on r.rolname = s.role
      where not exists (select from pg_db_role_setting d where d.setrole = r.oid and 'track_activities=off' = any (d.setconfig))`,
  },
]
