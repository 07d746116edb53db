import { TenantryError } from '@tenantry/context'
import { extensionSchema, tenantColumn } from '../database/isolation-roles.ts'
import { readNames, walkTree } from '../statement/walk-tree.ts'
import { allowedExtensions } from './extensions.ts'
import type { Statement } from './read-statements.ts'
import {
  allowedKinds,
  concurrently,
  inherits,
  materialized,
  operators,
  policies,
  type Refusal,
  refusedActions,
  refusedKinds,
  session,
} from './refused-statements.ts'

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
    findObject(key, tree, service) ??
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

function findObject(key: string, tree: Tree, service: string): Refusal | undefined {
  if (tree.objtype === 'OBJECT_MATVIEW') return materialized
  if (key === 'CreateStmt' && tree.inhRelations && !tree.partbound) return inherits
  if (key === 'CreateStmt' && tree.ofTypename) return refusedActions.AT_AddOf
  if (key === 'CreateExtensionStmt') return findExtension(tree)
  if (tree.concurrent === true) return concurrently
  if (tree.is_vacuumcmd === true) return ['`vacuum`', operators]
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
