import { TenantryError } from '@tenantry/context'
import type { ClientBase } from 'pg'
import { roles, tenantColumn, tenantDefault } from '../database/isolation-roles.ts'
import { readRelations, walkTree } from '../statement/walk-tree.ts'
import type { Statement } from './read-statements.ts'
import type { Table } from './read-tables.ts'
import { withAllRows } from './with-all-rows.ts'

/** True for a statement that reads or changes rows and no schema. */
export function isDataStatement({ kind, node }: Statement): boolean {
  if (kind === 'SelectStmt') return !('SelectStmt' in node && node.SelectStmt.intoClause)
  return ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CallStmt'].includes(kind)
}

/**
 * Refuses an insert into a protected table that takes its rows from none: nothing says which tenant's they would be.
 * Throws `PROTECT_SEED`.
 */
export function refuseSeed({ at, node }: Statement, tables: ReadonlyMap<string, Table>): void {
  const inserts = [...walkTree(node)].filter(([key]) => key === 'InsertStmt')
  const targets = new Set(inserts.flatMap(([, insert]) => ('relation' in insert ? [insert.relation] : [])))
  const target = [...targets].flatMap(readRelations).find(({ relname }) => tables.get(relname)?.isProtected)
  if (!target) return
  const own = new Set([...walkTree(node)].flatMap(([, value]) => ('ctename' in value ? [value.ctename] : [])))
  const sources = [...walkTree(node)].flatMap(([, value]) =>
    'relname' in value && typeof value.relname === 'string' && !targets.has(value) ? [value.relname] : [],
  )
  if (sources.some((name) => !own.has(name) && !tables.get(name)?.isShared)) return
  throw new TenantryError(
    'PROTECT_SEED',
    `\`${at}\`: nothing says whose the new rows of \`${target.relname}\` are`,
    {
      help: 'declare the table in `shared`, or let the service insert them for each tenant',
    },
  )
}

/**
 * Runs a data statement as one tenant's service would: once where it touches no protected table, else once for each
 * tenant that has rows in the schema, with that tenant's rows alone.
 */
export async function runDataStatement(
  client: ClientBase,
  text: string,
  tables: ReadonlyMap<string, Table>,
): Promise<void> {
  await client.query('savepoint data')
  try {
    // INVARIANT: a statement that row-level security would narrow is an error, never rows in silence.
    await client.query(text)
    await client.query('release savepoint data')
  } catch (error) {
    if (!isNarrowed(error)) throw error
    await client.query('rollback to savepoint data')
    await runForEachTenant(
      client,
      text,
      [...tables.values()].filter(({ isProtected }) => isProtected),
    )
  }
}

/** True for the error of a statement that would have seen only some rows, or none. */
export function isNarrowed(error: unknown): boolean {
  return error instanceof Error && 'routine' in error && error.routine === 'check_enable_rls'
}

// The owner gets a policy for the length of the loop. It is dropped in the same transaction, so nobody else ever meets
// it; and it asks for no lease, so that suspended tenants' rows are brought up to date as well.
async function runForEachTenant(client: ClientBase, text: string, tables: readonly Table[]): Promise<void> {
  const tenants = await readTenants(client, tables)
  const own = `${tenantColumn} = (select ${tenantDefault})`
  for (const { qualified } of tables) {
    await client.query(
      `create policy tenantry_migration on ${qualified} to ${roles.owner} using (${own}) with check (${own})`,
    )
  }
  await client.query('set local row_security = on')
  for (const tenant of tenants) {
    await client.query(`select set_config('tenantry.lease', $1, true)`, [claim(tenant)])
    await client.query(text)
    // What is checked or done at the end of a transaction is this tenant's too.
    await client.query('set constraints all immediate')
  }
  await client.query(`set local tenantry.lease = ''; set local row_security = off`)
  for (const { qualified } of tables) await client.query(`drop policy tenantry_migration on ${qualified}`)
}

async function readTenants(client: ClientBase, tables: readonly Table[]): Promise<string[]> {
  const whole = tables.filter(({ isPartition }) => !isPartition).map(({ qualified }) => qualified)
  if (whole.length === 0) return []
  const each = whole.map((table) => `select distinct ${tenantColumn} as tenant from ${table}`)
  const { rows } = await withAllRows(client, whole, () =>
    client.query<{ tenant: string }>(`${each.join(' union ')} order by tenant`),
  )
  return rows.map(({ tenant }) => tenant)
}

// The form of a lease with nothing but the tenant in it: it fills the hidden column, and convinces no check.
function claim(tenant: string): string {
  return Buffer.concat([Buffer.alloc(41), Buffer.from(tenant)]).toString('hex')
}
