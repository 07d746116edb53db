import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { roles, tenantColumn, tenantDefault } from '../database/isolation-roles.ts'
import { scopeKeys } from './scope-keys.ts'

interface Table {
  /** Qualified and quoted. */
  readonly name: string
  readonly oid: number
  readonly hasColumn: boolean
}

/**
 * Protects every table of a schema: the hidden tenant column, keys that hold within a tenant, row-level security that
 * also binds the owner, and the policy that asks the lease. Can be repeated; `client` is in a transaction.
 * Throws `PROTECT_UNSUPPORTED` or `PROTECT_ROWS`, naming the object and the mend.
 */
export async function protectSchema(client: ClientBase, schema: string): Promise<void> {
  await refuseUnprotectable(client, schema)
  const tables = await readTables(client, schema)
  for (const table of tables) if (!table.hasColumn) await addTenantColumn(client, table)
  await scopeKeys(client, schema)
  for (const table of tables) {
    await client.query(`alter table ${table.name} enable row level security, force row level security`)
    await createPolicy(client, table.name)
  }
}

async function readTables(client: ClientBase, schema: string): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select format('%I.%I', n.nspname, c.relname) as name, c.oid::int as oid,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = $2 and not a.attisdropped) as "hasColumn"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r' order by c.oid`,
    [schema, tenantColumn],
  )
  return rows
}

async function addTenantColumn(client: ClientBase, { name }: Table): Promise<void> {
  const { rowCount } = await client.query(`select from ${name} limit 1`)
  if (rowCount) {
    throw new TenantryError('PROTECT_ROWS', `${name} has rows already, and nothing says whose they are`, {
      help: 'create the table in one migration, and let the service fill it for each tenant',
    })
  }
  await client.query(`alter table ${name} add column ${tenantColumn} text not null`)
  // A default given with the column would be asked for at once, and there is no lease here.
  await client.query(`alter table ${name} alter column ${tenantColumn} set default ${tenantDefault}`)
}

async function createPolicy(client: ClientBase, name: string): Promise<void> {
  // INVARIANT: the database decides. Made anew each time: a migration runs as the owner and could have changed it.
  await client.query(`drop policy if exists tenantry_isolation on ${name}`)
  // In a sub-select the check runs once for each statement, not once for each row.
  const own = `${tenantColumn} = (select tenantry.tenant())`
  await client.query(
    `create policy tenantry_isolation on ${name} to ${roles.service} using (${own}) with check (${own})`,
  )
}

const grantMend = 'leave grants to the platform: it gives each role the verbs it may have'

const unprotectable = `
  select 'partitioned table' as kind, c.relname as name, 'use a plain table' as mend
    from pg_class c where c.relnamespace = $1::regnamespace and (c.relkind = 'p' or c.relispartition)
  union all select 'foreign table', c.relname, 'reach the other server from the service'
    from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'f'
  union all select 'inherited table', c.relname, 'use a plain table'
    from pg_class c join pg_inherits i on c.oid in (i.inhrelid, i.inhparent) where c.relnamespace = $1::regnamespace and c.relkind = 'r'
  union all select 'materialized view', c.relname, 'query the tables: it would hold the rows of all tenants'
    from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'm'
  union all select 'view', c.relname, 'query the tables: views are not supported yet'
    from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'v'
  union all select 'security definer function', p.proname, 'leave out \`security definer\`: it would run past the policies'
    from pg_proc p where p.pronamespace = $1::regnamespace and p.prosecdef
  union all select 'exclusion constraint', c.conname, 'use a unique constraint, or check it in the service'
    from pg_constraint c where c.connamespace = $1::regnamespace and c.contype = 'x'
  union all select 'policy', p.polname, 'leave policies to the platform: one of yours could widen it'
    from pg_policy p join pg_class c on c.oid = p.polrelid
    where c.relnamespace = $1::regnamespace and p.polname <> 'tenantry_isolation'
      and not (p.polname = 'tenantry_relay' and p.polroles = array['${roles.relay}'::regrole::oid])
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

async function refuseUnprotectable(client: ClientBase, schema: string): Promise<void> {
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
