import { extensionSchema, roles, tenantColumn } from '../database/isolation-roles.ts'

/**
 * What the rules speak of: `actor`, every role that tenants' work can run as, central work's and the relay's among them; `home`, the schemas of
 * services; `relation`, what is in them; `guarded`, the tables there that hold tenants' rows; `granted`, who of the actors
 * may do what with any relation that is not the system's, `public` counted as each of them.
 */
export const catalogTerms = `
with recursive actor_oid(oid) as (
  select oid from pg_roles
  where rolname in ('${roles.service}', '${roles.central}', '${roles.relay}') or rolname in (select role from tenantry.service_roles)
  union select m.member from pg_auth_members m join actor_oid a on a.oid = m.roleid
), actor as (
  select r.*, r.rolname as name from pg_roles r join actor_oid a on a.oid = r.oid
), home as (
  select n.oid, n.nspname as name from pg_namespace n
  where n.nspname in (select service from tenantry.service_roles union select service from tenantry.migrations)
), relation as (
  select c.oid, h.name as service, c.relname as name, format('%I.%I', h.name, c.relname) as object, c.relkind as kind,
    c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.reloptions,
    t.name is not null as is_system, s.name is not null and t.name is null as is_shared
  from pg_class c join home h on h.oid = c.relnamespace
  left join tenantry.system_tables t on t.service = h.name and t.name = c.relname
  left join tenantry.shared_tables s on s.service = h.name and s.name = c.relname
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
), guarded as (
  select r.*, a.attnum as tenant_column from relation r
  left join pg_attribute a on a.attrelid = r.oid and a.attname = '${tenantColumn}' and not a.attisdropped
  where r.kind in ('r', 'p') and not r.is_shared
), acl as (
  select c.oid, a.grantee, lower(a.privilege_type) as verb, a.is_grantable
  from pg_class c cross join aclexplode(c.relacl) a
  union all
  select c.attrelid, a.grantee, lower(a.privilege_type), a.is_grantable
  from pg_attribute c cross join aclexplode(c.attacl) a
), granted as (
  select c.oid, format('%I.%I', n.nspname, c.relname) as object, n.nspname as schema, c.relkind as kind,
    acl.verb, acl.is_grantable, coalesce(g.rolname, 'public') as role
  from acl join pg_class c on c.oid = acl.oid join pg_namespace n on n.oid = c.relnamespace
  left join pg_roles g on g.oid = acl.grantee
  where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and acl.grantee <> c.relowner and (acl.grantee = 0 or acl.grantee in (select oid from actor_oid))
), right_of as (
  select object, oid, schema, kind, verb, string_agg(distinct role, ', ' order by role) as roles
  from granted group by object, oid, schema, kind, verb
), routine as (
  select p.*, format('%I.%I', n.nspname, p.proname) as object, n.nspname as schema
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname not in ('pg_catalog', 'information_schema')
), own_routine as (
  select p.* from routine p where p.schema not in ('tenantry', '${extensionSchema}')
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
)
`
