import type { Node } from 'libpg-query'
import type { TableShapes } from './table-shapes.ts'
import { readNames, readRelations, walkTree } from './walk-tree.ts'

const writes = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])
const plain = new Set(['SelectStmt', ...writes])

/**
 * True when a statement can leave nothing on its connection but what sequences last gave, and cannot read that: it reads
 * and writes rows, and every function that it calls is one of PostgreSQL's own that changes nothing. What is not known to
 * be so is not.
 */
export function leavesNothing(statement: Node, shapes: TableShapes): boolean {
  const [kind = ''] = Object.keys(statement)
  if (!plain.has(kind) || shapes.hasResidue) return false
  for (const [key, value] of walkTree(statement)) {
    if (key === 'intoClause' || key === 'IntoClause') return false
    // A view may do anything with what is written to it: PostgreSQL's own `pg_settings` sets it.
    if ('relation' in value && writes.has(key) && !isTable(value.relation, shapes)) return false
    if (key === 'FuncCall' && !isHarmless(value, shapes)) return false
  }
  return true
}

function isHarmless(call: object, { harmless }: TableShapes): boolean {
  const names = 'funcname' in call ? readNames(call.funcname) : []
  const schema = names.length > 1 ? names[0] : 'pg_catalog'
  return schema === 'pg_catalog' && harmless.has(names.at(-1) ?? '')
}

function isTable(relation: unknown, { schema, tables }: TableShapes): boolean {
  const [target] = readRelations(relation)
  if (!target || !tables.has(target.relname)) return false
  return target.schemaname === undefined ? !target.relname.startsWith('pg_') : target.schemaname === schema
}
