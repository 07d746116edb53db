import { createHash } from 'node:crypto'
import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { grantTables } from '../database/grant-roles.ts'
import { inLockedTransaction } from '../database/in-transaction.ts'
import { roles } from '../database/isolation-roles.ts'
import { protectSchema } from './protect-schema.ts'

/** One file of a service's migrations: plain single-tenant SQL. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

type Verb = 'select' | 'insert' | 'update' | 'delete'

/** A table that the platform adds to every service's schema, with rights of its own. */
export interface SystemTable {
  readonly name: string
  /** Creates the table, and what belongs to it, in the current schema. */
  readonly sql: string
  readonly serviceGrants: readonly Verb[]
  /** What the relay may do with every tenant's rows of it. */
  readonly relayGrants: readonly Verb[]
}

/**
 * Brings a service's schema up to date: applies each migration that is new, in order, each in one transaction with
 * the protection of every table it leaves behind. Can be repeated.
 * Throws `MIGRATION_CHANGED` for one that was applied with other text, `MIGRATION_FAILED` with the statement's own
 * error, and `PROTECT_…` for what cannot be protected; then nothing of that migration is kept.
 */
export async function migrateService(
  client: ClientBase,
  options: { service: string; migrations: readonly Migration[]; systemTables?: readonly SystemTable[] },
): Promise<void> {
  const { service, migrations, systemTables = [] } = options
  const schema = escapeIdentifier(service)
  await client.query(`create schema if not exists ${schema} authorization ${roles.owner}`)
  const applied = await readApplied(client, service)
  for (const table of systemTables) {
    const migration = { name: `tenantry ${table.name}`, sql: table.sql }
    if (isNew(applied, service, migration)) {
      await apply(client, service, migration, table)
    }
  }
  for (const migration of migrations) {
    if (isNew(applied, service, migration)) await apply(client, service, migration)
  }
}

async function apply(
  client: ClientBase,
  service: string,
  { name, sql }: Migration,
  systemTable?: SystemTable,
): Promise<void> {
  await inLockedTransaction(client, async () => {
    if (systemTable) await recordSystemTable(client, service, systemTable)
    const before = await readTransaction(client)
    await client.query(`set local role ${roles.owner}`)
    await client.query(`set local search_path = ${escapeIdentifier(service)}`)
    // A statement that row-level security would narrow is an error: it never touches no rows in silence.
    await client.query('set local row_security = off')
    try {
      await client.query(sql)
    } catch (cause) {
      throw new TenantryError('MIGRATION_FAILED', `\`${service}/${name}\`: ${(cause as Error).message}`, {
        help: 'mend the statement; nothing of this migration was kept',
        cause,
      })
    }
    if ((await readTransaction(client)) !== before) {
      throw new TenantryError(
        'MIGRATION_TRANSACTION',
        `\`${service}/${name}\` ends the transaction it runs in`,
        {
          help: 'leave out `begin`, `commit` and `rollback`: each migration is one transaction',
        },
      )
    }
    await client.query('reset role; set local row_security = on')
    await protectSchema(client, service)
    if (systemTable) await grantRelay(client, service, systemTable)
    await grantTables(client, service)
    await client.query('insert into tenantry.migrations (service, name, checksum) values ($1, $2, $3)', [
      service,
      name,
      checksum(sql),
    ])
  })
}

async function recordSystemTable(
  client: ClientBase,
  service: string,
  { name, serviceGrants }: SystemTable,
): Promise<void> {
  await client.query(
    'insert into tenantry.system_tables (service, name, service_grants) values ($1, $2, $3)',
    [service, name, serviceGrants],
  )
}

async function grantRelay(
  client: ClientBase,
  service: string,
  { name, relayGrants }: SystemTable,
): Promise<void> {
  if (relayGrants.length === 0) return
  const table = `${escapeIdentifier(service)}.${escapeIdentifier(name)}`
  await client.query(
    `create policy tenantry_relay on ${table} to ${roles.relay} using (true) with check (true)`,
  )
  await client.query(`grant usage on schema ${escapeIdentifier(service)} to ${roles.relay}`)
  await client.query(`grant ${relayGrants.join(', ')} on ${table} to ${roles.relay}`)
}

async function readApplied(client: ClientBase, service: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from tenantry.migrations where service = $1',
    [service],
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

function isNew(applied: ReadonlyMap<string, string>, service: string, { name, sql }: Migration): boolean {
  const known = applied.get(name)
  if (known === undefined || known === checksum(sql)) return known === undefined
  throw new TenantryError('MIGRATION_CHANGED', `\`${service}/${name}\` was changed after it was applied`, {
    help: 'restore it, and put the change into a new migration',
  })
}

async function readTransaction(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::text as id')
  return rows[0]?.id ?? ''
}

function checksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}
