import type { Node } from 'libpg-query'
import type { TableShapes } from './table-shapes.ts'
import { readNames, walkTree } from './walk-tree.ts'

const plain = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])

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
    if (key === 'FuncCall' && !isHarmless(value, shapes)) return false
  }
  return true
}

function isHarmless(call: object, { harmless }: TableShapes): boolean {
  const names = 'funcname' in call ? readNames(call.funcname) : []
  const schema = names.length > 1 ? names[0] : 'pg_catalog'
  return schema === 'pg_catalog' && harmless.has(names.at(-1) ?? '')
}
