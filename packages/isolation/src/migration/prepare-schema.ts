import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { inTransaction } from '../database/in-transaction.ts'
import { roles } from '../database/isolation-roles.ts'
import { readTables } from './read-tables.ts'

interface SchemaRecord {
  readonly service: string
  readonly shared: readonly string[]
  readonly systemTables: readonly { readonly name: string; readonly serviceGrants: readonly string[] }[]
}

/**
 * Makes the schema of a service, gives what is in it to the owner, and records which tables are shared and which are
 * the platform's; `client` is a superuser. Throws `PROTECT_SHARED` for a table that holds tenants' rows.
 */
export async function prepareSchema(
  client: ClientBase,
  { service, shared, systemTables }: SchemaRecord,
): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(
      `create schema if not exists ${escapeIdentifier(service)} authorization ${roles.owner}`,
    )
    const tables = await readTables(client, service)
    const held = shared.find((name) => tables.get(name)?.isProtected)
    if (held) {
      throw new TenantryError(
        'PROTECT_SHARED',
        `table \`${held}\` holds tenants’ rows and cannot become shared`,
        {
          help: 'make a new table, declare that one shared, and fill it in a migration',
        },
      )
    }
    await adoptObjects(client, service)
    await client.query('delete from tenantry.shared_tables where service = $1 and name <> all ($2)', [
      service,
      shared,
    ])
    await client.query(
      'insert into tenantry.shared_tables (service, name) select $1, unnest($2::text[]) on conflict do nothing',
      [service, shared],
    )
    for (const { name, serviceGrants } of systemTables) {
      await client.query(
        `insert into tenantry.system_tables (service, name, service_grants) values ($1, $2, $3)
         on conflict (service, name) do update set service_grants = excluded.service_grants`,
        [service, name, serviceGrants],
      )
    }
  })
}

// A schema from before Tenantry has other owners, and so has what is in it.
async function adoptObjects(client: ClientBase, service: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('alter %s %s owner to ${roles.owner}',
       case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end, c.oid::regclass) as statement
     from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
       and c.relowner <> '${roles.owner}'::regrole
       and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
         and c.relkind = 'S')
     union all
     select format('alter schema %I owner to ${roles.owner}', n.nspname) from pg_namespace n
     where n.oid = $1::regnamespace and n.nspowner <> '${roles.owner}'::regrole
     union all
     select format('alter routine %s owner to ${roles.owner}', p.oid::regprocedure) from pg_proc p
     where p.pronamespace = $1::regnamespace and p.proowner <> '${roles.owner}'::regrole`,
    [escapeIdentifier(service)],
  )
  for (const { statement } of rows) await client.query(statement)
}
