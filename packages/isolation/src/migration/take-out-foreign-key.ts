import type { ColumnDef, Constraint, Node } from 'libpg-query'
import type { DeclaredForeignKey } from './add-foreign-key.ts'
import { unscopable } from './scope-keys.ts'
import type { ScopingWorld } from './scoping-world.ts'
import type { Edit, StatementText } from './statement-text.ts'

interface TakenOut {
  readonly edit: Edit
  readonly foreignKey: DeclaredForeignKey
}

/**
 * Finds the first foreign key to a protected table among the elements of a table's declaration. That of a new table to
 * itself is left: it is scoped together with the table.
 */
export function takeOutForeignKey(
  source: StatementText,
  { table, exists }: { table: string; exists: boolean },
  elements: Node[],
  world: ScopingWorld,
): TakenOut | undefined {
  const joinsTenants = ({ contype, conname, pktable }: Constraint): boolean => {
    const target = pktable?.relname ?? ''
    const joins =
      contype === 'CONSTR_FOREIGN' && world.tables.get(target)?.isProtected && (exists || target !== table)
    if (joins && world.shared.has(table)) throw unscopable(conname ?? `${table} to ${target}`, true)
    return joins ?? false
  }
  for (const element of elements) {
    if ('ColumnDef' in element) {
      const taken = takeOutOfColumn(source, table, element.ColumnDef, joinsTenants)
      if (taken) return taken
    }
    if (!('Constraint' in element) || !joinsTenants(element.Constraint)) continue
    const constraint = element.Constraint
    const { from, to } = source.readListElement(constraint.location ?? 0)
    return {
      edit: { from, to, insert: '', change: () => void elements.splice(elements.indexOf(element), 1) },
      foreignKey: { table, target: constraint.pktable?.relname ?? '', constraint },
    }
  }
  return undefined
}

// What defers a column's constraint stands behind it as if it were another.
function takeOutOfColumn(
  source: StatementText,
  table: string,
  { colname: column = '', constraints = [] }: ColumnDef,
  joinsTenants: (constraint: Constraint) => boolean,
): TakenOut | undefined {
  const all = constraints.map((each) => ('Constraint' in each ? each.Constraint : {}))
  const at = all.findIndex(joinsTenants)
  const constraint = all[at]
  if (!constraint) return undefined
  const next = all.findIndex(({ contype }, index) => index > at && !/^CONSTR_ATTR_/.test(String(contype)))
  const attributes = all.slice(at + 1, next === -1 ? undefined : next).map(({ contype }) => String(contype))
  const from = constraint.location ?? 0
  const to = next === -1 ? source.readListElement(from).end : (all[next]?.location ?? from)
  return {
    edit: { from, to, insert: '', change: () => void constraints.splice(at, attributes.length + 1) },
    foreignKey: {
      table,
      column,
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
