import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg'
import { roles, tenantColumn, tenantDefault } from '../database/isolation-roles.ts'
import { everyRow, ownRows, readTables, type Table } from './read-tables.ts'
import { refuseUnprotectable } from './refuse-unprotectable.ts'
import { scopeKeys } from './scope-keys.ts'

/**
 * Protects every table of a schema that is not declared shared: the hidden tenant column, keys that hold within a
 * tenant, row-level security that also binds the owner, the policy that asks the lease and the one of central work; views read
 * as whoever asks.
 * What is in order stays untouched, so it can be repeated; `client` is in a transaction, as the owner.
 * Throws `PROTECT_UNSUPPORTED`, `PROTECT_SHARED` or `PROTECT_ROWS`, naming the object and the mend.
 */
export async function protectSchema(
  client: ClientBase,
  schema: string,
  { existingRowsOf }: { existingRowsOf?: string } = {},
): Promise<void> {
  await refuseUnprotectable(client, schema)
  const tables = [...(await readTables(client, schema)).values()]
  for (const table of tables) {
    if (table.isShared) refuseOnceProtected(table)
    else if (table.isProtected) await fillTenantColumn(client, table)
    else if (!table.isPartition) await addTenantColumn(client, table, existingRowsOf)
  }
  await scopeKeys(client, schema)
  for (const table of tables) {
    if (table.isShared) continue
    await restrictRows(client, table)
    await showCentralWork(client, table)
  }
  await restrictViews(client, schema)
}

function refuseOnceProtected({ name, isProtected }: Table): void {
  if (!isProtected) return
  throw new TenantryError(
    'PROTECT_SHARED',
    `table \`${name}\` holds tenants’ rows and cannot become shared`,
    {
      help: 'make a new table, declare that one shared, and fill it in a migration',
    },
  )
}

async function addTenantColumn(
  client: ClientBase,
  { name, qualified }: Table,
  tenant?: string,
): Promise<void> {
  const { rowCount } = await client.query(`select from ${qualified} limit 1`)
  if (rowCount && tenant === undefined) {
    throw new TenantryError(
      'PROTECT_ROWS',
      `table \`${name}\` has rows already, and nothing says whose they are`,
      {
        help: 'name their tenant, as `tenantry migrate --existing-rows-of <tenant>` does (`existingRowsOf`), or declare the table in `shared`',
      },
    )
  }
  // The default of this moment fills the rows that are there, without writing them anew.
  const existing = rowCount && tenant !== undefined ? ` default ${escapeLiteral(tenant)}` : ''
  await client.query(`alter table ${qualified} add column ${tenantColumn} text not null${existing}`)
  await client.query(`alter table ${qualified} alter column ${tenantColumn} set default ${tenantDefault}`)
}

async function fillTenantColumn(client: ClientBase, { qualified, isFilled }: Table): Promise<void> {
  if (isFilled) return
  await client.query(
    `alter table ${qualified} alter column ${tenantColumn} set not null, alter column ${tenantColumn} set default ${tenantDefault}`,
  )
}

// INVARIANT: the database decides. A migration runs as the owner and could have changed any of this.
async function restrictRows(client: ClientBase, { qualified, isForced, hasPolicy }: Table): Promise<void> {
  if (!isForced) {
    await client.query(`alter table ${qualified} enable row level security, force row level security`)
  }
  if (hasPolicy) return
  await client.query(`drop policy if exists tenantry_isolation on ${qualified}`)
  await client.query(
    `create policy tenantry_isolation on ${qualified} to ${roles.service} using (${ownRows}) with check (${ownRows})`,
  )
}

// The platform's own tables are none of a report's business.
async function showCentralWork(
  client: ClientBase,
  { qualified, isSystem, hasCentralPolicy }: Table,
): Promise<void> {
  if (isSystem || hasCentralPolicy) return
  await client.query(`drop policy if exists tenantry_central on ${qualified}`)
  await client.query(
    `create policy tenantry_central on ${qualified} for select to ${roles.central} using (${everyRow})`,
  )
}

async function restrictViews(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'v'
       and not coalesce(reloptions, '{}') && '{security_invoker=true,security_invoker=on,security_invoker=1}'`,
    [escapeIdentifier(schema)],
  )
  for (const { name } of rows) {
    await client.query(
      `alter view ${escapeIdentifier(schema)}.${escapeIdentifier(name)} set (security_invoker = true)`,
    )
  }
}
