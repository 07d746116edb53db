import { TenantryError } from '@tenantry/context'
import {
  type ColumnDef,
  type Constraint,
  type IndexStmt,
  type Node,
  type ScanToken,
  scanSync,
} from 'libpg-query'
import { escapeIdentifier } from 'pg'
import { tenantColumn } from '../database/isolation-roles.ts'
import { readNames, walkTree } from '../statement/walk-tree.ts'
import type { DeclaredForeignKey } from './add-foreign-key.ts'
import { parseStatement, type Statement } from './read-statements.ts'
import type { Table } from './read-tables.ts'
import { unscopable } from './scope-keys.ts'

/** A change of a statement's text, in bytes, with the tree that the text must have afterwards. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly insert: string
  /** The change of the parse tree that the change of the text stands for. */
  readonly change: () => void
  readonly foreignKey?: DeclaredForeignKey
}

/** What a statement meets. */
export interface ScopingWorld {
  readonly tables: ReadonlyMap<string, Table>
  /** The tables that are declared shared, also those that are still to be made. */
  readonly shared: ReadonlySet<string>
  /** Gives an index or a constraint the name that it would have without the tenant. */
  chooseName(
    of: { table: string; columns: string[]; label: string },
    free: readonly string[],
  ): Promise<string>
}

/** What to run in place of a statement: a text, unless nothing is left of it, then foreign keys to add. */
export interface ScopedStatement {
  readonly text: string | undefined
  readonly foreignKeys: DeclaredForeignKey[]
}

/**
 * Makes a statement one for tables that are protected already: unique keys and ordered indexes that it adds begin with
 * the tenant, and foreign keys are taken out, to be added when both tables are protected. Each change of the text is
 * held against the same change of the parse tree. Throws `MIGRATION_REFUSED` where the two differ.
 */
export async function scopeStatement(statement: Statement, world: ScopingWorld): Promise<ScopedStatement> {
  const foreignKeys: DeclaredForeignKey[] = []
  let { text } = statement
  let node = structuredClone(statement.node)
  for (;;) {
    const edit = await new Scoping(text, node, world).next()
    if (!edit) return { text, foreignKeys }
    if (edit.foreignKey) foreignKeys.push(edit.foreignKey)
    edit.change()
    if ('AlterTableStmt' in node && node.AlterTableStmt.cmds?.length === 0)
      return { text: undefined, foreignKeys }
    text = splice(text, edit)
    const changed = parseChanged(text)
    if (!changed || shape(changed) !== shape(node)) {
      throw new TenantryError(
        'MIGRATION_REFUSED',
        `\`${statement.at}\`: the keys of this statement cannot be told apart`,
        {
          help: 'declare each key in an `alter table … add constraint` of its own',
        },
      )
    }
    node = changed
  }
}

/** Finds the first thing in a statement that has to change. */
class Scoping {
  readonly #tokens: ScanToken[]
  readonly #size: number
  readonly #node: Node
  readonly #world: ScopingWorld

  constructor(text: string, node: Node, world: ScopingWorld) {
    this.#tokens = scanSync(text).tokens.filter(({ tokenName }) => !/COMMENT/.test(tokenName))
    this.#size = Buffer.byteLength(text)
    this.#node = node
    this.#world = world
  }

  async next(): Promise<Edit | undefined> {
    const node = this.#node
    if ('IndexStmt' in node) return this.#scopeIndex(node.IndexStmt)
    if ('CreateStmt' in node) {
      const { relation, tableElts = [] } = node.CreateStmt
      // With `if not exists`, nothing is to be done.
      if (this.#world.tables.has(relation?.relname ?? '')) return undefined
      return this.#takeOut(relation?.relname ?? '', tableElts, false)
    }
    if (!('AlterTableStmt' in node) || node.AlterTableStmt.objtype !== 'OBJECT_TABLE') return undefined
    const { relation, cmds = [] } = node.AlterTableStmt
    const table = relation?.relname ?? ''
    const columns = this.#world.tables.get(table)?.columns
    if (!columns) return undefined
    for (const command of cmds) {
      if (!('AlterTableCmd' in command)) continue
      const { subtype, def } = command.AlterTableCmd
      if (!def || (subtype !== 'AT_AddConstraint' && subtype !== 'AT_AddColumn')) continue
      if ('ColumnDef' in def && columns.includes(def.ColumnDef.colname ?? '')) continue
      const edit = this.#takeOut(table, [def], true)
      if (edit) {
        const whole = 'Constraint' in def
        return whole ? { ...edit, change: () => void cmds.splice(cmds.indexOf(command), 1) } : edit
      }
      if ('Constraint' in def && this.#world.tables.get(table)?.isProtected) {
        const scoped = await this.#scopeKey(table, def.Constraint)
        if (scoped) return scoped
      }
    }
    return undefined
  }

  async #scopeIndex(index: IndexStmt): Promise<Edit | undefined> {
    const { relation, indexParams = [], accessMethod, unique } = index
    const table = relation?.relname ?? ''
    if (!this.#world.tables.get(table)?.isProtected || (accessMethod !== 'btree' && !unique)) return undefined
    const at = this.#tokens.findIndex(({ start }) => start === (relation?.location ?? 0))
    if (!index.idxname) {
      const columns = [...indexParams, ...(index.indexIncludingParams ?? [])].map(nameIndexed)
      const name = await this.#world.chooseName({ table, columns, label: 'idx' }, [])
      const on = this.#tokens.slice(0, at).findLast(({ text }) => text.toLowerCase() === 'on')?.start ?? 0
      return insert(on, `${escapeIdentifier(name)} `, () => Object.assign(index, { idxname: name }))
    }
    if (readColumn(indexParams[0]) === tenantColumn) return undefined
    const first = {
      name: tenantColumn,
      ordering: 'SORTBY_DEFAULT',
      nulls_ordering: 'SORTBY_NULLS_DEFAULT',
    } as const
    return insert(this.#afterParenthesis(at), `${tenantColumn}, `, () =>
      indexParams.unshift({ IndexElem: first }),
    )
  }

  async #scopeKey(table: string, constraint: Constraint): Promise<Edit | undefined> {
    const { contype, keys, exclusions, location = 0 } = constraint
    const label = { CONSTR_PRIMARY: 'pkey', CONSTR_UNIQUE: 'key', CONSTR_EXCLUSION: 'excl' }[String(contype)]
    const elements = exclusions ?? keys
    if (!label || !elements || constraint.indexname) return undefined
    const columns = exclusions ? exclusions.map(nameExcluded) : readNames(keys)
    if (columns[0] === tenantColumn || (label === 'pkey' && this.#isUuid(table, columns))) return undefined
    if (!constraint.conname) {
      const named = label === 'pkey' ? [] : [...columns, ...readNames(constraint.including)]
      const name = await this.#world.chooseName({ table, columns: named, label }, this.#dropped())
      return insert(location, `constraint ${escapeIdentifier(name)} `, () =>
        Object.assign(constraint, { conname: name }),
      )
    }
    const at = this.#afterParenthesis(this.#tokens.findIndex(({ start }) => start === location))
    if (keys) return insert(at, `${tenantColumn}, `, () => keys.unshift({ String: { sval: tenantColumn } }))
    return insert(at, `${tenantColumn} with =, `, () => elements.unshift(tenantExcluded))
  }

  #isUuid(table: string, columns: string[]): boolean {
    const [column = ''] = columns
    if (columns.length !== 1) return false
    if (this.#world.tables.get(table)?.uuidColumns.includes(column)) return true
    const added = 'AlterTableStmt' in this.#node ? (this.#node.AlterTableStmt.cmds ?? []) : []
    return added.some((command) => {
      const def = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
      const { colname, typeName } = def && 'ColumnDef' in def ? def.ColumnDef : {}
      return colname === column && readNames(typeName?.names).at(-1) === 'uuid'
    })
  }

  #dropped(): string[] {
    return [...walkTree(this.#node)].flatMap(([, value]) =>
      'subtype' in value && value.subtype === 'AT_DropConstraint' && 'name' in value
        ? [String(value.name)]
        : [],
    )
  }

  // A foreign key to a protected table; one of a new table to itself is left, and scoped with the table.
  #takeOut(table: string, elements: Node[], exists: boolean): Edit | undefined {
    for (const element of elements) {
      if ('Constraint' in element && this.#joinsTenants(table, element.Constraint, exists)) {
        const range = this.#listElement(element.Constraint.location ?? 0)
        const foreignKey = {
          table,
          target: element.Constraint.pktable?.relname ?? '',
          constraint: element.Constraint,
        }
        return {
          ...range,
          insert: '',
          foreignKey,
          change: () => void elements.splice(elements.indexOf(element), 1),
        }
      }
      const edit =
        'ColumnDef' in element ? this.#takeOutOfColumn(table, element.ColumnDef, exists) : undefined
      if (edit) return edit
    }
    return undefined
  }

  #takeOutOfColumn(
    table: string,
    { colname = '', constraints = [] }: ColumnDef,
    exists: boolean,
  ): Edit | undefined {
    const all = constraints.map((each) => ('Constraint' in each ? each.Constraint : {}))
    const at = all.findIndex((each) => this.#joinsTenants(table, each, exists))
    const constraint = all[at]
    if (!constraint) return undefined
    const next = all.findIndex(({ contype }, index) => index > at && !/^CONSTR_ATTR_/.test(String(contype)))
    const attributes = all.slice(at + 1, next === -1 ? undefined : next).map(({ contype }) => String(contype))
    const from = constraint.location ?? 0
    return {
      from,
      to: next === -1 ? this.#listElement(from).end : (all[next]?.location ?? 0),
      insert: '',
      change: () => void constraints.splice(at, attributes.length + 1),
      foreignKey: {
        table,
        column: colname,
        target: constraint.pktable?.relname ?? '',
        constraint: {
          ...constraint,
          deferrable: attributes.some((each) => /_ATTR_(DEFERRABLE|DEFERRED)$/.test(each)),
          initdeferred: attributes.includes('CONSTR_ATTR_DEFERRED'),
          is_enforced: !attributes.includes('CONSTR_ATTR_NOT_ENFORCED'),
        },
      },
    }
  }

  #joinsTenants(table: string, { contype, conname, pktable }: Constraint, exists: boolean): boolean {
    const target = pktable?.relname ?? ''
    if (contype !== 'CONSTR_FOREIGN' || !this.#world.tables.get(target)?.isProtected) return false
    if (this.#world.shared.has(table)) throw unscopable(conname ?? `${table} to ${target}`, true)
    return exists || target !== table
  }

  /** From a token to the end of its list element; `from` and `to` take the `add` and one comma with it. */
  #listElement(start: number): { from: number; to: number; end: number } {
    const tokens = this.#tokens
    const at = tokens.findIndex((token) => token.start === start)
    let depth = 0
    let last = at
    for (; last < tokens.length; last++) {
      const { text } = tokens[last] ?? { text: '' }
      if (depth === 0 && (text === ',' || text === ')' || text === ';')) break
      depth += text === '(' || text === '[' ? 1 : text === ')' || text === ']' ? -1 : 0
    }
    const end = tokens[last]?.start ?? this.#size
    const first = tokens[at - 1]?.text.toLowerCase() === 'add' ? at - 1 : at
    const before = tokens[first - 1]
    if (before?.text === ',') return { from: before.start, to: end, end }
    const to = tokens[last]?.text === ',' ? (tokens[last]?.end ?? end) : end
    return { from: tokens[first]?.start ?? start, to, end }
  }

  #afterParenthesis(at: number): number {
    return this.#tokens.slice(at).find(({ text }) => text === '(')?.end ?? 0
  }
}

const tenantExcluded: Node = {
  List: {
    items: [
      {
        IndexElem: { name: tenantColumn, ordering: 'SORTBY_DEFAULT', nulls_ordering: 'SORTBY_NULLS_DEFAULT' },
      },
      { List: { items: [{ String: { sval: '=' } }] } },
    ],
  },
}

function insert(at: number, text: string, change: () => unknown): Edit {
  return { from: at, to: at, insert: text, change: () => void change() }
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

function splice(text: string, { from, to, insert: inserted }: Edit): string {
  const bytes = Buffer.from(text)
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(inserted), bytes.subarray(to)]).toString()
}

function parseChanged(text: string): Node | undefined {
  try {
    return parseStatement(text)
  } catch {
    return undefined
  }
}

// A tree without the places in the text, its members in one order.
function shape(node: Node): string {
  return JSON.stringify(node, (key, value) => {
    if (/location$/.test(key) || (Array.isArray(value) && value.length === 0)) return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
