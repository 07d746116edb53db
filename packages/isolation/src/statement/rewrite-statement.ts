import type { InsertStmt, Node, SelectStmt } from 'libpg-query'
import { tenantColumn } from '../database/isolation-roles.ts'
import { type FromClause, type NamedTable, type Relation, readFrom, relationOf } from './read-from.ts'
import { countValues, isNamed, readGrouped, readReference } from './read-reference.ts'
import type { TableShape, TableShapes } from './table-shapes.ts'
import { readNames, walkTree } from './walk-tree.ts'

/** A change of a text, in bytes from its start. */
interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

/**
 * What one customer's statement has to become where its tables have a tenant column: conflicts are inferred, and groups
 * made, with the tenant in the key; what stands for all columns inside a statement stands for the visible ones.
 * `range` is the statement's place in the text, in bytes.
 */
export function rewriteStatement(
  text: Buffer,
  range: { from: number; to: number },
  statement: Node,
  shapes: TableShapes,
): string {
  const edits = new Rewriting(text, statement, shapes).edits.sort((a, b) => b.at - a.at)
  let rewritten = text.subarray(range.from, range.to)
  for (const { at, remove, insert } of edits) {
    const start = at - range.from
    rewritten = Buffer.concat([
      rewritten.subarray(0, start),
      Buffer.from(insert),
      rewritten.subarray(start + remove),
    ])
  }
  return rewritten.toString().trim()
}

const jsonFunction =
  /^(row_to_json|to_jsonb?|jsonb?_(object_)?agg(_strict|_unique|_unique_strict)?|jsonb?_build_(object|array))$/
const star = /^(?:"(?:[^"]|"")*"|[^*"])*?\*/

class Rewriting {
  readonly edits: Edit[] = []
  readonly #text: Buffer
  readonly #shapes: TableShapes
  /** A table that a common table expression hides is not the table. */
  readonly #hidden: ReadonlySet<string>

  constructor(text: Buffer, statement: Node, shapes: TableShapes) {
    this.#text = text
    this.#shapes = shapes
    const ctes = [...walkTree(statement)].filter(([key]) => key === 'CommonTableExpr')
    this.#hidden = new Set(ctes.map(([, cte]) => ('ctename' in cte ? String(cte.ctename) : '')))
    this.#visit(statement, { top: true, outer: [] })
  }

  /** Visits a statement: `top` when the client gets its columns, `outer` what the statements around it read from. */
  #visit(node: unknown, { top, outer }: { top: boolean; outer: readonly Relation[] }): void {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) {
      for (const item of node) this.#visit(item, { top, outer })
      return
    }
    for (const [key, value] of Object.entries(node)) {
      const inner = this.#enter(key, value, { top, outer })
      this.#visit(value, { top: false, outer: inner })
    }
  }

  /** Rewrites one node, and says what is read from inside it. */
  #enter(
    key: string,
    value: unknown,
    { top, outer }: { top: boolean; outer: readonly Relation[] },
  ): readonly Relation[] {
    if (key === 'SelectStmt' || key === 'larg' || key === 'rarg') {
      const select = value as SelectStmt
      if (!('targetList' in select)) return outer
      const from = readFrom(select.fromClause ?? [], (table) => this.#find(table))
      if (!top) this.#expandStars(select.targetList ?? [], from)
      this.#group(select, from.relations)
      return [...from.relations, ...outer]
    }
    if (key === 'InsertStmt' || key === 'UpdateStmt' || key === 'DeleteStmt' || key === 'MergeStmt') {
      const { relation, fromClause, usingClause, returningClause } = value as WriteStmt
      const target = relation ? [relationOf(relation, this.#find(relation))] : []
      const others = readFrom(fromClause ?? usingClause ?? [], (table) => this.#find(table))
      const relations = [...target, ...others.relations]
      const returned = returningClause?.exprs ?? (value as WriteStmt).returningList ?? []
      if (!top) this.#expandStars(returned, { relations, merges: others.merges }, target[0]?.table)
      if (key === 'InsertStmt') this.#insert(value as InsertStmt)
      return [...relations, ...outer]
    }
    if (key === 'FuncCall') this.#expandRows(value as { funcname?: unknown; args?: Node[] }, outer)
    return outer
  }

  #find({ relname = '', schemaname }: NamedTable) {
    if (schemaname === undefined ? this.#hidden.has(relname) : schemaname !== this.#shapes.schema)
      return undefined
    return this.#shapes.tables.get(relname)
  }

  /** `target` is the table that a statement writes to, whose old and new rows it can return. */
  #expandStars(targets: readonly Node[], { relations, merges }: FromClause, target?: TableShape): void {
    const old = ['old', 'new'].map((name): Relation => ({ name, table: target }))
    for (const each of targets) {
      const reference = readReference('ResTarget' in each ? each.ResTarget.val : undefined)
      // `table t` stands for a star that is not written.
      if (!reference?.isStar || reference.location < 0) continue
      const { qualifier, location } = reference
      const meant = qualifier
        ? [...relations, ...old].filter(({ name }) => isNamed(name, qualifier)).slice(0, 1)
        : relations
      // Where `using` merges columns, or a part has no name, the star stays: the client hides the column at the end.
      const isPlain = (qualifier || !merges) && meant.every(({ name }) => name)
      if (!isPlain || !meant.some(({ table }) => table)) continue
      const columns = meant.flatMap(({ name, table }) =>
        (table?.columns ?? ['*']).map((column) => `${name}.${column}`),
      )
      this.#replace(location, star, columns.join(', '))
    }
  }

  /** `json_agg(t)` makes an object of all columns: of the visible ones. */
  #expandRows(
    { funcname, args = [] }: { funcname?: unknown; args?: Node[] },
    relations: readonly Relation[],
  ): void {
    if (!jsonFunction.test(readNames(funcname).at(-1) ?? '')) return
    for (const argument of args) {
      const reference = readReference(argument)
      const name = reference?.isStar ? reference.qualifier : reference?.column
      const relation = relations.find((each) => name !== undefined && isNamed(each.name, name))
      if (!reference || !relation?.table || (!reference.isStar && reference.qualifier)) continue
      const { location } = reference
      const as = relation.name
      const columns = relation.table.columns.map((column) => `${as}.${column}`).join(', ')
      const row = `(select tenantry_row from (select ${columns}) tenantry_row)`
      const written = reference.isStar ? star : /^("(?:[^"]|"")*"|[^\s,)]+)/
      // Of a row that an outer join did not find there is none.
      this.#replace(location, written, `case when ${as}.${tenantColumn} is not null then ${row} end`)
    }
  }

  /** `group by id` lets the other columns of a table be selected when `id` is its key: here the key has the tenant. */
  #group({ groupClause = [], targetList = [] }: SelectStmt, relations: readonly Relation[]): void {
    const grouped = groupClause.flatMap((item) => readGrouped(item, targetList) ?? [])
    const [first] = grouped
    if (!first) return
    const added = relations.flatMap(({ name, table }) => {
      const key = table?.primaryKey ?? []
      const isGrouped = (column: string) =>
        grouped.some(
          (each) => isNamed(column, each.column) && (!each.qualifier || isNamed(name, each.qualifier)),
        )
      return key.length > 0 && key.every(isGrouped) ? [`${name}.${tenantColumn}, `] : []
    })
    if (added.length > 0) this.edits.push({ at: first.location, remove: 0, insert: added.join('') })
  }

  #insert({ relation, cols, selectStmt, onConflictClause }: InsertStmt): void {
    const infer = onConflictClause?.infer
    if (infer?.indexElems)
      this.edits.push({ at: (infer.location ?? 0) + 1, remove: 0, insert: `${tenantColumn}, ` })
    const table = relation && this.#find(relation)
    if (!table || table.hiddenIsLast || cols?.length || !selectStmt) return
    const count = countValues(selectStmt) ?? table.columns.length
    const columns = ` (${table.columns.slice(0, count).join(', ')})`
    this.edits.push({ at: this.#endOfTarget(relation.location ?? 0), remove: 0, insert: columns })
  }

  #replace(at: number, written: RegExp, insert: string): void {
    const found = written.exec(this.#text.subarray(at).toString())?.[0] ?? ''
    this.edits.push({ at, remove: Buffer.byteLength(found), insert })
  }

  /** The end of `schema.table as alias`, which the tree does not say. */
  #endOfTarget(location: number): number {
    const name = '(?:"(?:[^"]|"")*"|[\\w$\\u0080-\\uffff]+)'
    const target = new RegExp(`^${name}(?:\\s*\\.\\s*${name})?(?:\\s+as\\s+${name})?`, 'i')
    return location + Buffer.byteLength(target.exec(this.#text.subarray(location).toString())?.[0] ?? '')
  }
}

interface WriteStmt {
  relation?: NamedTable
  fromClause?: Node[]
  usingClause?: Node[]
  returningClause?: { exprs?: Node[] }
  returningList?: Node[]
}
