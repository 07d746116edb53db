import type { Node } from 'libpg-query'
import { escapeIdentifier } from 'pg'
import type { TableShape } from './table-shapes.ts'

/** A table as a statement names it. */
export interface NamedTable {
  readonly relname?: string
  readonly schemaname?: string
  readonly location?: number
  readonly alias?: { aliasname?: string }
}

/** One thing that a statement reads from or writes to. */
export interface Relation {
  /** What its columns are qualified with, quoted where it has to be; empty when there is nothing. */
  readonly name: string
  /** Only of a protected table. */
  readonly table: TableShape | undefined
}

/** What a `from` clause reads. */
export interface FromClause {
  readonly relations: readonly Relation[]
  /** True when columns of two parts become one, by `using` or `natural`. */
  readonly merges: boolean
}

/** Reads a `from` clause; `find` knows the protected tables. */
export function readFrom(
  clause: readonly Node[],
  find: (table: NamedTable) => TableShape | undefined,
): FromClause {
  const parts = clause.map((item): FromClause => readItem(item, find))
  return {
    relations: parts.flatMap(({ relations }) => relations),
    merges: parts.some(({ merges }) => merges),
  }
}

/** A table under its alias, or its own name. */
export function relationOf({ alias, relname }: NamedTable, table: TableShape | undefined): Relation {
  return { name: quote(alias?.aliasname ?? relname), table }
}

function readItem(item: Node, find: (table: NamedTable) => TableShape | undefined): FromClause {
  if ('RangeVar' in item) return one(relationOf(item.RangeVar, find(item.RangeVar)))
  if ('JoinExpr' in item) {
    const { larg, rarg, isNatural, usingClause, alias } = item.JoinExpr
    const sides = readFrom(
      [larg, rarg].filter((side) => side !== undefined),
      find,
    )
    return { ...sides, merges: sides.merges || Boolean(isNatural || usingClause || alias) }
  }
  const [content] = Object.values(item) as { alias?: { aliasname?: string } }[]
  return one({ name: quote(content?.alias?.aliasname), table: undefined })
}

function one(relation: Relation): FromClause {
  return { relations: [relation], merges: false }
}

function quote(name = ''): string {
  return name === '' || /^[a-z_][a-z0-9_$]*$/.test(name) ? name : escapeIdentifier(name)
}
