import { createHash } from 'node:crypto'
import { requireTenantId, TenantryError } from '@tenantry/context'
import { type Client, type ClientBase, escapeIdentifier } from 'pg'
import { grantTables } from '../database/grant-roles.ts'
import { inLockedTransaction } from '../database/in-transaction.ts'
import { roles } from '../database/isolation-roles.ts'
import { createExtensions } from './extensions.ts'
import { withMigrator } from './migrator.ts'
import { prepareSchema } from './prepare-schema.ts'
import { protectSchema } from './protect-schema.ts'
import { readStatements, type Statement } from './read-statements.ts'
import { refuseStatement } from './refuse-statement.ts'
import { becomeOwner, runStatements } from './run-migration.ts'

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
  /** What later versions change of it, in order; each is a migration of its own, and runs also where the table was just made. */
  readonly changes?: readonly string[]
  readonly serviceGrants: readonly Verb[]
  /** What the relay may do with every tenant's rows of it. */
  readonly relayGrants: readonly Verb[]
}

/** What a service's schema is to become. */
export interface ServiceMigrations {
  readonly service: string
  readonly migrations: readonly Migration[]
  readonly systemTables?: readonly SystemTable[]
  /** Tables of reference data that all tenants read and none writes; their rows come from migrations. */
  readonly shared?: readonly string[]
  /** The tenant of the rows that tables have when they are first protected. */
  readonly existingRowsOf?: string
}

interface Pending extends Migration {
  readonly statements: readonly Statement[]
  /** The system table that it makes. */
  readonly madeTable?: SystemTable
}

/**
 * Brings a service's schema up to date: applies each migration that is new, in order, each in one transaction with
 * the protection of every table, statement by statement. Data statements over protected tables run for each tenant.
 * Can be repeated, and restores protection that was weakened. `client` is a superuser; the migrations run on a connection
 * of their own that is none.
 * Throws, before anything ran, `MIGRATION_SYNTAX`, `MIGRATION_TRANSACTION`, `MIGRATION_REFUSED`, and `MIGRATION_CHANGED` for
 * one that was applied with other text; then `MIGRATION_FAILED` with a statement's own error, and `PROTECT_…` for what
 * cannot be protected, and nothing of that migration is kept.
 */
export async function migrateService(client: Client, options: ServiceMigrations): Promise<void> {
  const { service, existingRowsOf, shared = [] } = options
  if (existingRowsOf !== undefined) requireTenantId(existingRowsOf)
  const pending = await readPending(client, options)
  await prepareSchema(client, { service, shared, systemTables: options.systemTables ?? [] })
  await createExtensions(client, readExtensions(pending))
  await inLockedTransaction(client, async () => {
    await protectSchema(client, service, { existingRowsOf })
    await grantTables(client, service)
  })
  if (pending.length === 0) return
  await withMigrator(client, async (migrator) => {
    for (const migration of pending) await apply(migrator, migration, { service, shared: new Set(shared) })
  })
}

async function apply(
  client: ClientBase,
  { name, sql, statements, madeTable }: Pending,
  schema: { service: string; shared: ReadonlySet<string> },
): Promise<void> {
  const { service } = schema
  await inLockedTransaction(client, async () => {
    await runStatements(client, statements, schema)
    await becomeOwner(client)
    await protectSchema(client, service)
    if (madeTable) await grantRelay(client, service, madeTable)
    await grantTables(client, service)
    await client.query('insert into tenantry.migrations (service, name, checksum) values ($1, $2, $3)', [
      service,
      name,
      checksum(sql),
    ])
  })
}

/** The migrations that are new, read and found fit to run; nothing has run when one is not. */
async function readPending(
  client: ClientBase,
  { service, migrations, systemTables = [] }: ServiceMigrations,
): Promise<Pending[]> {
  const applied = await readApplied(client, service)
  const pending: Pending[] = []
  for (const systemTable of systemTables) {
    for (const [at, sql] of [systemTable.sql, ...(systemTable.changes ?? [])].entries()) {
      const migration = { name: `tenantry ${systemTable.name}${at === 0 ? '' : ` ${at + 1}`}`, sql }
      if (!isNew(applied, service, migration)) continue
      const statements = await readStatements(`${service}/${migration.name}`, sql)
      pending.push({ ...migration, statements, ...(at === 0 && { madeTable: systemTable }) })
    }
  }
  for (const migration of migrations) {
    if (!isNew(applied, service, migration)) continue
    const statements = await readStatements(`${service}/${migration.name}`, migration.sql)
    for (const statement of statements) refuseStatement(statement, service)
    pending.push({ ...migration, statements })
  }
  return pending
}

function readExtensions(pending: readonly Pending[]): string[] {
  return pending.flatMap(({ statements }) =>
    statements.flatMap(({ node }) =>
      'CreateExtensionStmt' in node ? [node.CreateExtensionStmt.extname ?? ''] : [],
    ),
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

function checksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}
