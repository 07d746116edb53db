import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { roles } from '../database/isolation-roles.ts'

const grantMend = 'leave grants to the platform: it gives each role the verbs it may have'

// What a statement's text may hide, in a `do` block or a function, the catalog shows.
const unprotectable = `
  select 'foreign table' as kind, c.relname as name, 'reach the other server from the service' as mend
    from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'f'
  union all select 'unlogged table', c.relname, 'leave out \`unlogged\`: a crash would empty the table'
    from pg_class c where c.relnamespace = $1::regnamespace and c.relpersistence <> 'p' and c.relkind in ('r', 'p')
  union all select 'inherited table', c.relname, 'use a plain or a partitioned table'
    from pg_class c join pg_inherits i on i.inhrelid = c.oid
    where c.relnamespace = $1::regnamespace and c.relkind = 'r' and not c.relispartition
  union all select 'materialized view', c.relname, 'query the tables: it would hold the rows of all tenants'
    from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'm'
  union all select 'security definer function', p.proname, 'leave out \`security definer\`: it would run past the policies'
    from pg_proc p where p.pronamespace = $1::regnamespace and p.prosecdef
  union all select 'policy', p.polname, 'leave policies to the platform: one of yours could widen it'
    from pg_policy p join pg_class c on c.oid = p.polrelid
    where c.relnamespace = $1::regnamespace and p.polname <> 'tenantry_isolation'
      and not (p.polname = 'tenantry_relay' and p.polroles = array['${roles.relay}'::regrole::oid])
      and not (p.polname = 'tenantry_central' and p.polcmd = 'r' and p.polroles = array['${roles.central}'::regrole::oid]
        and not exists (select from tenantry.system_tables t where t.service = $2 and t.name = c.relname))
  union all select 'granted table', c.relname, '${grantMend}'
    from pg_class c, aclexplode(c.relacl) g where c.relnamespace = $1::regnamespace and g.grantee <> c.relowner
      and not exists (select from tenantry.service_roles s where s.role::name = pg_get_userbyid(g.grantee) and s.service = $2)
      and not (g.grantee = '${roles.relay}'::regrole
        and exists (select from tenantry.system_tables t where t.service = $2 and t.name = c.relname))
  union all select 'granted column', c.relname || '.' || a.attname, '${grantMend}'
    from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) g
    where c.relnamespace = $1::regnamespace and not (g.grantee = '${roles.relay}'::regrole
        and exists (select from tenantry.system_tables t where t.service = $2 and t.name = c.relname))
  union all select 'granted schema', n.nspname, '${grantMend}'
    from pg_namespace n, aclexplode(n.nspacl) g
    where n.oid = $1::regnamespace and g.grantee <> n.nspowner and g.privilege_type = 'CREATE'
  union all select 'default privileges', pg_get_userbyid(d.defaclrole), '${grantMend}'
    from pg_default_acl d where d.defaclrole = '${roles.owner}'::regrole
  union all select 'rule', r.rulename, 'use a trigger'
    from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = $1::regnamespace and r.rulename <> '_RETURN'`

/** Throws `PROTECT_UNSUPPORTED` for what is in a schema and cannot be protected, naming it and the mend. */
export async function refuseUnprotectable(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ kind: string; name: string; mend: string }>(unprotectable, [
    escapeIdentifier(schema),
    schema,
  ])
  const [first] = rows
  if (!first) return
  throw new TenantryError('PROTECT_UNSUPPORTED', `${first.kind} \`${first.name}\` cannot be protected`, {
    help: first.mend,
    details: { all: rows },
  })
}
