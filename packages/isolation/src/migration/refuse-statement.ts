import { TenantryError } from '@tenantry/context'
import { extensionSchema, tenantColumn } from '../database/isolation-roles.ts'
import { readNames, walkTree } from '../statement/walk-tree.ts'
import { allowedExtensions } from './extensions.ts'
import type { Statement } from './read-statements.ts'

type Refusal = readonly [what: string, mend: string]

const grants = 'leave grants to the platform: it gives each role the verbs it may have'
const policies = 'leave policies and row security to the platform: one of yours could widen them'
const operators = 'leave it out: it is for whoever runs the server, not for one service'
const session = 'leave it out: what a statement meets does not hang on the session'

const refusedKinds: Record<string, Refusal> = {
  GrantStmt: ['`grant` or `revoke`', grants],
  GrantRoleStmt: ['`grant` or `revoke` of a role', grants],
  AlterDefaultPrivilegesStmt: ['`alter default privileges`', grants],
  CreatePolicyStmt: ['`create policy`', policies],
  AlterPolicyStmt: ['`alter policy`', policies],
  RuleStmt: ['`create rule`', 'use a trigger'],
  AlterOwnerStmt: ['`owner to`', 'leave it out: the platform owns what migrations make'],
  AlterObjectSchemaStmt: ['`set schema`', 'leave it out: each service has one schema of its own'],
  CreateSchemaStmt: ['`create schema`', 'leave it out: each service has one schema of its own'],
  CreateForeignTableStmt: ['`create foreign table`', 'reach the other server from the service'],
  CreateForeignServerStmt: ['`create server`', 'reach the other server from the service'],
  CreatePublicationStmt: [
    '`create publication`',
    'emit events: a publication would carry every tenant’s rows',
  ],
  CreateSubscriptionStmt: ['`create subscription`', 'handle events: it would write past the policies'],
  CreateEventTrigStmt: ['`create event trigger`', operators],
  RefreshMatViewStmt: ['materialized view', 'query the tables: it would hold the rows of all tenants'],
  CopyStmt: [
    '`copy`',
    'use `insert`: on a shared table in a migration, else in the service, for each tenant',
  ],
  AlterSystemStmt: ['`alter system`', operators],
  NotifyStmt: ['`notify`', 'notify from the service: a migration acts for no tenant'],
}

const allowedKinds = new Set([
  ...[
    'CreateStmt',
    'AlterTableStmt',
    'IndexStmt',
    'ViewStmt',
    'CreateTableAsStmt',
    'CreateSeqStmt',
    'AlterSeqStmt',
  ],
  ...[
    'CreateFunctionStmt',
    'AlterFunctionStmt',
    'CreateTrigStmt',
    'CreateCastStmt',
    'DefineStmt',
    'DropStmt',
  ],
  ...[
    'CreateDomainStmt',
    'AlterDomainStmt',
    'CreateEnumStmt',
    'AlterEnumStmt',
    'CompositeTypeStmt',
    'CreateRangeStmt',
  ],
  ...[
    'AlterTypeStmt',
    'AlterOperatorStmt',
    'AlterCollationStmt',
    'AlterTSConfigurationStmt',
    'AlterTSDictionaryStmt',
  ],
  ...[
    'CommentStmt',
    'RenameStmt',
    'CreateStatsStmt',
    'AlterStatsStmt',
    'AlterObjectDependsStmt',
    'ReindexStmt',
  ],
  ...[
    'InsertStmt',
    'UpdateStmt',
    'DeleteStmt',
    'MergeStmt',
    'SelectStmt',
    'TruncateStmt',
    'DoStmt',
    'CallStmt',
  ],
  ...['CreateExtensionStmt', 'LockStmt', 'ConstraintsSetStmt', 'VariableSetStmt', 'VacuumStmt'],
])

const refusedActions: Record<string, Refusal> = {
  AT_ChangeOwner: ['`owner to`', 'leave it out: the platform owns what migrations make'],
  AT_EnableRowSecurity: ['`enable row level security`', policies],
  AT_DisableRowSecurity: ['`disable row level security`', policies],
  AT_ForceRowSecurity: ['`force row level security`', policies],
  AT_NoForceRowSecurity: ['`no force row level security`', policies],
  AT_AddInherit: ['`inherit`', 'use a plain or a partitioned table'],
  AT_DropInherit: ['`no inherit`', 'use a plain or a partitioned table'],
  AT_SetUnLogged: ['`set unlogged`', 'leave it out: a crash would empty the table'],
}

// What a rename or a drop is of, where that is not the service's own.
const foreignObjects =
  /POLICY|RULE|SCHEMA|ROLE|DATABASE|EXTENSION|SERVER|FDW|FOREIGN|PUBLICATION|SUBSCRIPTION|EVENT/

const harmlessSettings =
  /^(lock_timeout|statement_timeout|client_min_messages|maintenance_work_mem|work_mem|timezone|datestyle|check_function_bodies|default_text_search_config|plpgsql\..+)$/

/**
 * Refuses, before anything ran, a statement that is not for a service's migration.
 * Throws `MIGRATION_TRANSACTION` for what would end the transaction, and `MIGRATION_REFUSED` for the rest, naming the
 * file, the line and the mend.
 */
export function refuseStatement(statement: Statement, service: string): void {
  const { kind, at } = statement
  if (kind === 'TransactionStmt') {
    throw new TenantryError('MIGRATION_TRANSACTION', `\`${at}\` would end the transaction it runs in`, {
      help: 'leave out `begin`, `commit`, `rollback` and savepoints: each migration is one transaction',
    })
  }
  const refusal = findRefusal(statement, service)
  if (!refusal) return
  const [what, mend] = refusal
  throw new TenantryError('MIGRATION_REFUSED', `\`${at}\`: ${what} is not for migrations`, { help: mend })
}

function findRefusal({ kind, node }: Statement, service: string): Refusal | undefined {
  const named = refusedKinds[kind]
  if (named) return named
  if (!allowedKinds.has(kind))
    return [`\`${nameOf(kind)}\``, 'leave it out; the guide to migrations lists what they may do']
  for (const [key, value] of walkTree(node)) {
    const refusal = findIn(key, value as Tree, kind, service)
    if (refusal) return refusal
  }
  return undefined
}

// What is looked at in the objects of the tree; each is in one or a few kinds of them.
interface Tree {
  readonly [name: string]: unknown
}

function findIn(key: string, tree: Tree, kind: string, service: string): Refusal | undefined {
  return (
    findRelation(tree, service) ??
    findObject(key, tree, kind, service) ??
    (key === 'DefElem' ? findOption(tree, kind) : undefined) ??
    (key === 'VariableSetStmt' ? findSetting(tree, kind) : undefined) ??
    refusedActions[String(tree.subtype)] ??
    (Object.values(tree).includes(tenantColumn)
      ? [`\`${tenantColumn}\``, 'leave it out: the column is the platform’s, and filled by it']
      : undefined)
  )
}

function findRelation(tree: Tree, service: string): Refusal | undefined {
  if (typeof tree.relname !== 'string') return undefined
  if (tree.relpersistence === 't') return ['a temporary table', 'use a plain table, or a CTE']
  if (tree.relpersistence === 'u')
    return ['an unlogged table', 'leave out `unlogged`: a crash would empty the table']
  const schema = tree.schemaname
  if (
    schema === undefined ||
    schema === service ||
    schema === 'pg_catalog' ||
    schema === 'information_schema'
  )
    return undefined
  return foreignSchema(String(schema))
}

const foreignSchema = (schema: string): Refusal => [
  `schema \`${schema}\``,
  'leave it out: a service has one schema, and reaches another’s data through that service',
]

function findObject(key: string, tree: Tree, kind: string, service: string): Refusal | undefined {
  if (tree.objtype === 'OBJECT_MATVIEW') return refusedKinds.RefreshMatViewStmt
  if (key === 'CreateStmt' && tree.inhRelations && !tree.partbound)
    return ['`inherits`', 'use a plain or a partitioned table']
  if (key === 'CreateExtensionStmt') return findExtension(tree)
  if (tree.concurrent === true) return concurrently
  if (tree.is_vacuumcmd === true) return ['`vacuum`', operators]
  if (key === 'infer' && tree.indexElems && kind === 'CreateFunctionStmt') return conflictInside
  const object = String(tree.removeType ?? tree.renameType ?? '')
  if (foreignObjects.test(object)) {
    const what = object.replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase()
    return [`\`drop\` or \`rename\` of a ${what}`, what === 'policy' ? policies : operators]
  }
  for (const list of ['funcname', 'objname', 'defnames', 'domainname', 'typeName', 'names']) {
    const names = readNames(tree[list])
    const ours = [service, 'pg_catalog', 'information_schema', extensionSchema]
    if (names.length > 1 && names[0] && !ours.includes(names[0])) return foreignSchema(names[0])
    if (list === 'funcname' && names.at(-1) === 'set_config') return ['`set_config`', session]
  }
  return undefined
}

const concurrently: Refusal = [
  '`concurrently`',
  'leave out `concurrently`: each migration is one transaction',
]

function findExtension({ extname, options }: Tree): Refusal | undefined {
  if (!allowedExtensions.has(String(extname))) {
    return [`extension \`${extname}\``, `use one of ${[...allowedExtensions].join(', ')}, or do without`]
  }
  return options
    ? ['an option of `create extension`', 'leave it out: the platform chooses schema and version']
    : undefined
}

function findOption({ defname, arg }: Tree, kind: string): Refusal | undefined {
  if (defname === 'concurrently') return concurrently
  if (kind !== 'CreateFunctionStmt' && kind !== 'AlterFunctionStmt' && kind !== 'DoStmt') return undefined
  const text = [...walkTree(arg)]
    .flatMap(([, value]) => Object.values(value))
    .filter((value) => typeof value === 'string')
    .join('\n')
  if (defname === 'language' && !/^(sql|plpgsql)$/i.test(text)) {
    return [`language \`${text}\``, 'write the function in SQL or PL/pgSQL']
  }
  if (
    defname === 'security' &&
    [...walkTree(arg)].some(([, value]) => 'boolval' in value && value.boolval === true)
  ) {
    return ['a `security definer` function', 'leave out `security definer`: it would run past the policies']
  }
  return defname === 'as' ? findInBody(text) : undefined
}

const conflictInside: Refusal = [
  '`on conflict (column)` inside a function',
  'name the key: `on conflict on constraint <name>`',
]

function findInBody(body: string): Refusal | undefined {
  const code = body.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  if (/\bon\s+conflict\s*\(/i.test(code)) {
    return conflictInside
  }
  if (/\btenantry(_tenant\b|\s*\.)/i.test(code))
    return ['what is the platform’s, inside a function,', 'leave it out']
  return undefined
}

function findSetting({ name, kind }: Tree, statement: string): Refusal | undefined {
  if (statement === 'VariableSetStmt') {
    return harmlessSettings.test(String(name))
      ? undefined
      : [`\`set ${String(name ?? kind).toLowerCase()}\``, session]
  }
  // In a function's own clause a search path is a good habit; what decides about rows is not to be touched.
  return /^(role|session_authorization|row_security|tenantry\..*)$/.test(String(name))
    ? [`\`set ${name}\` of a function`, session]
    : undefined
}

function nameOf(kind: string): string {
  return kind
    .replace(/Stmt$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
}
