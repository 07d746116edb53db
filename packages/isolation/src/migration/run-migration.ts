import { isTenantryError, TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { extensionSchema, roles } from '../database/isolation-roles.ts'
import { rewriteStatement } from '../statement/rewrite-statement.ts'
import { readTableShapes } from '../statement/table-shapes.ts'
import { readRelations, walkTree } from '../statement/walk-tree.ts'
import { addForeignKey } from './add-foreign-key.ts'
import { isDataStatement, isNarrowed, refuseSeed, runDataStatement } from './backfill.ts'
import { chooseObjectName } from './object-name.ts'
import { protectSchema } from './protect-schema.ts'
import type { Statement } from './read-statements.ts'
import { readTables } from './read-tables.ts'
import { scopeStatement } from './scope-statement.ts'
import { withAllRows } from './with-all-rows.ts'

/** Whose schema a migration is of. */
export interface MigratedSchema {
  readonly service: string
  readonly shared: ReadonlySet<string>
}

/**
 * Runs a migration's statements in order, in the transaction that `client` is in. Whatever a statement leaves behind is
 * protected before the next one runs, so that all of them meet one world.
 * Throws `MIGRATION_FAILED`, `MIGRATION_REFUSED` or `PROTECT_…`, with the statement's place and the mend.
 */
export async function runStatements(
  client: ClientBase,
  statements: readonly Statement[],
  schema: MigratedSchema,
): Promise<void> {
  for (const statement of statements) {
    try {
      await becomeOwner(client)
      await runStatement(client, statement, schema)
    } catch (error) {
      throw explain(statement, error)
    }
  }
}

/**
 * Acts as the owner of all services' schemas, that sees all rows of a table or gets an error. Nothing that a migration
 * made is found by an unqualified name, so no look-alike answers for the catalog.
 */
export async function becomeOwner(client: ClientBase): Promise<void> {
  await client.query(
    `set local role ${roles.owner}; set local search_path = pg_catalog; set local row_security = off`,
  )
}

async function enterSchema(client: ClientBase, service: string): Promise<void> {
  await client.query(`set local search_path = ${escapeIdentifier(service)}, ${extensionSchema}`)
}

async function runStatement(
  client: ClientBase,
  statement: Statement,
  { service, shared }: MigratedSchema,
): Promise<void> {
  const { kind } = statement
  // Extensions are there already: a superuser made them.
  if (kind === 'CreateExtensionStmt') return
  const tables = await readTables(client, service)
  if (isDataStatement(statement)) {
    refuseSeed(statement, tables)
    await enterSchema(client, service)
    return runDataStatement(client, await rewrite(client, statement, shared), tables)
  }
  const { text, foreignKeys } = await scopeStatement(statement, {
    tables,
    shared,
    chooseName: (of, free) => chooseObjectName(client, service, of, free),
  })
  const joined = joinsRows(statement) ? await readJoined(client, service, statement) : []
  await enterSchema(client, service)
  // A function's body is checked as if it ran; it does not.
  if (kind === 'CreateFunctionStmt') await client.query('set local row_security = on')
  const sql = queries.has(kind) ? await rewrite(client, statement, shared) : text
  if (sql !== undefined) await withAllRows(client, joined, () => client.query(sql))
  if (!makesTables.has(kind)) return
  await becomeOwner(client)
  await protectSchema(client, service)
  for (const foreignKey of foreignKeys) await addForeignKey(client, service, foreignKey)
}

// Statements with a query inside; and those after which there may be a table or a key that is not protected yet.
const queries = new Set(['ViewStmt', 'CreateTableAsStmt', 'CreateFunctionStmt', 'SelectStmt'])
const makesTables = new Set(['CreateStmt', 'CreateTableAsStmt', 'SelectStmt', 'AlterTableStmt', 'DoStmt'])

// Inside a statement, `*`, a group by a key and `on conflict` mean what one customer's tables would make of them.
async function rewrite(
  client: ClientBase,
  { node, text }: Statement,
  shared: ReadonlySet<string>,
): Promise<string> {
  if ('InsertStmt' in node && shared.has(node.InsertStmt.relation?.relname ?? '')) return text
  const shapes = await readTableShapes((query) => client.query(query))
  const bytes = Buffer.from(text)
  return rewriteStatement(bytes, { from: 0, to: bytes.length }, node, shapes)
}

// Rows are held against those that they refer to by a query of the owner's, which has to see them.
function joinsRows({ node }: Statement): boolean {
  if (!('AlterTableStmt' in node)) return false
  return [...walkTree(node)].some(
    ([, value]) =>
      ('contype' in value && value.contype === 'CONSTR_FOREIGN') ||
      ('subtype' in value &&
        /^AT_(ValidateConstraint|AttachPartition|DetachPartition|AlterColumnType)$/.test(
          String(value.subtype),
        )),
  )
}

async function readJoined(client: ClientBase, schema: string, { node }: Statement): Promise<string[]> {
  const names = readRelations(node).map(({ relname }) => relname)
  const { rows } = await client.query<{ table: string }>(
    `with named as (select oid from pg_class where relnamespace = $1::regnamespace and relname = any ($2))
     select oid::regclass::text as table from pg_class where relkind in ('r', 'p') and relforcerowsecurity and oid in (
       select oid from named
       union select confrelid from pg_constraint where conrelid in (select oid from named)
       union select conrelid from pg_constraint where confrelid in (select oid from named))`,
    [escapeIdentifier(schema), names],
  )
  return rows.map(({ table }) => table)
}

const noRows =
  'make the table without rows and let the service insert them for each tenant, or declare it in `shared`'
const insideBlock = 'take the statement out of the `do` block: it cannot be looked into'
const mends: Record<string, string> = {
  '42803': 'group by every column that is selected: the key of a protected table begins with the tenant',
  '42P10': 'name the key: `on conflict on constraint <name>`; it begins with the tenant',
}

function explain({ at, kind }: Statement, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (isTenantryError(error)) {
    if (error.message.startsWith('`') && error.message.includes(at)) return error
    const { code, message, details } = error
    const help = code === 'PROTECT_ROWS' ? noRows : error.help
    return new TenantryError(code, `\`${at}\`: ${message}`, { help, details, cause: error })
  }
  const failed = (code: string, help: string) =>
    new TenantryError(code, `\`${at}\`: ${error.message}`, { help, cause: error })
  if (isNarrowed(error)) {
    return failed(
      'PROTECT_READ',
      kind === 'DoStmt'
        ? 'take the statement out of the `do` block: by itself it runs for each tenant'
        : 'make the table first, then `insert … select`: that runs for each tenant',
    )
  }
  const sqlState = 'code' in error ? String(error.code) : ''
  if (sqlState === '42704' && /operator class/.test(error.message)) {
    return failed(
      'PROTECT_UNSUPPORTED',
      'put `create extension btree_gist` in front: the key begins with the tenant',
    )
  }
  const mend = kind === 'DoStmt' && sqlState === '42830' ? insideBlock : mends[sqlState]
  if (mend) return failed('PROTECT_UNSUPPORTED', mend)
  return failed('MIGRATION_FAILED', 'mend the statement; nothing of this migration was kept')
}
