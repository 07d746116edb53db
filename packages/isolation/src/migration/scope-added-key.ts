import type { Constraint, IndexStmt, Node } from 'libpg-query'
import { escapeIdentifier } from 'pg'
import { tenantColumn } from '../database/isolation-roles.ts'
import { readNames, walkTree } from '../statement/walk-tree.ts'
import type { Table } from './read-tables.ts'
import type { ScopingWorld } from './scoping-world.ts'
import type { Edit, StatementText } from './statement-text.ts'

const tenantElement: Node = {
  IndexElem: { name: tenantColumn, ordering: 'SORTBY_DEFAULT', nulls_ordering: 'SORTBY_NULLS_DEFAULT' },
}

/** Puts the tenant in front of an ordered or unique index on a protected table, and first its name where it has none. */
export async function scopeIndex(
  source: StatementText,
  index: IndexStmt,
  { tables, chooseName }: ScopingWorld,
): Promise<Edit | undefined> {
  const { relation, indexParams = [], indexIncludingParams = [], accessMethod, unique } = index
  const { relname: table = '', location = 0 } = relation ?? {}
  if (!tables.get(table)?.isProtected || (accessMethod !== 'btree' && !unique)) return undefined
  if (!index.idxname) {
    const columns = [...indexParams, ...indexIncludingParams].map(nameIndexed)
    const idxname = await chooseName({ table, columns, label: 'idx' }, [])
    return source.insertAt(source.findBefore(location, 'on'), `${escapeIdentifier(idxname)} `, () => {
      Object.assign(index, { idxname })
    })
  }
  if (readColumn(indexParams[0]) === tenantColumn) return undefined
  return source.insertInside(location, `${tenantColumn}, `, () => void indexParams.unshift(tenantElement))
}

const labels: Record<string, string> = {
  CONSTR_PRIMARY: 'pkey',
  CONSTR_UNIQUE: 'key',
  CONSTR_EXCLUSION: 'excl',
}

/** Puts the tenant in front of a key that is added to a protected table, and first its name where it has none. */
export async function scopeAddedKey(
  source: StatementText,
  { table, constraint, commands }: { table: Table; constraint: Constraint; commands: readonly Node[] },
  { chooseName }: ScopingWorld,
): Promise<Edit | undefined> {
  const { contype, keys, exclusions, location = 0 } = constraint
  const label = labels[String(contype)]
  const elements = exclusions ?? keys
  if (!label || !elements || constraint.indexname) return undefined
  const columns = exclusions ? exclusions.map(nameExcluded) : readNames(keys)
  if (columns[0] === tenantColumn || (label === 'pkey' && isUuid(table, columns, commands))) return undefined
  if (!constraint.conname) {
    const named = label === 'pkey' ? [] : [...columns, ...readNames(constraint.including)]
    const conname = await chooseName({ table: table.name, columns: named, label }, readDropped(commands))
    return source.insertAt(location, `constraint ${escapeIdentifier(conname)} `, () => {
      Object.assign(constraint, { conname })
    })
  }
  const first = exclusions
    ? { List: { items: [tenantElement, { List: { items: [{ String: { sval: '=' } }] } }] } }
    : { String: { sval: tenantColumn } }
  const text = exclusions ? `${tenantColumn} with =, ` : `${tenantColumn}, `
  return source.insertInside(location, text, () => void elements.unshift(first))
}

// A column may be added by the same statement.
function isUuid(
  { uuidColumns }: Table,
  [column = '', ...more]: string[],
  commands: readonly Node[],
): boolean {
  if (more.length > 0) return false
  const added = [...walkTree(commands)].some(
    ([key, def]) =>
      key === 'ColumnDef' &&
      'colname' in def &&
      def.colname === column &&
      [...walkTree('typeName' in def && def.typeName)].some(
        ([, type]) => 'names' in type && readNames(type.names).at(-1) === 'uuid',
      ),
  )
  return added || uuidColumns.includes(column)
}

function readDropped(commands: readonly Node[]): string[] {
  return commands.flatMap((command) => {
    const { subtype, name } = 'AlterTableCmd' in command ? command.AlterTableCmd : {}
    return subtype === 'AT_DropConstraint' && name ? [name] : []
  })
}

function readColumn(element: Node | undefined): string | undefined {
  return element && 'IndexElem' in element ? element.IndexElem.name : undefined
}

function nameIndexed(element: Node): string {
  const expression = 'IndexElem' in element ? element.IndexElem.expr : undefined
  const called =
    expression && 'FuncCall' in expression ? readNames(expression.FuncCall.funcname).at(-1) : undefined
  return readColumn(element) ?? called ?? 'expr'
}

function nameExcluded(element: Node): string {
  const [first] = 'List' in element ? (element.List.items ?? []) : []
  return first ? nameIndexed(first) : 'expr'
}
