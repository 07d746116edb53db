import type { ColumnRef, Node } from 'libpg-query'
import { readNames } from './walk-tree.ts'

/** A column, or all of them, as a statement names it. */
export interface Reference {
  readonly qualifier: string | undefined
  readonly column: string
  readonly isStar: boolean
  readonly location: number
}

/** What a node refers to, if it is a reference. */
export function readReference(node: Node | undefined): Reference | undefined {
  const reference: ColumnRef | undefined = node && 'ColumnRef' in node ? node.ColumnRef : undefined
  const fields = reference?.fields ?? []
  const last = fields.at(-1)
  if (!reference || !last) return undefined
  const isStar = 'A_Star' in last
  const names = readNames(fields)
  const qualifier = isStar ? names.at(-1) : names.at(-2)
  return {
    qualifier,
    column: isStar ? '*' : (names.at(-1) ?? ''),
    isStar,
    location: reference.location ?? 0,
  }
}

/** A grouped column, also one that is named by its position among the selected. */
export function readGrouped(item: Node, targets: readonly Node[]): Reference | undefined {
  const position = 'A_Const' in item ? item.A_Const.ival?.ival : undefined
  const target = position === undefined ? undefined : targets[position - 1]
  const reference = readReference(target && 'ResTarget' in target ? target.ResTarget.val : item)
  if (!reference || reference.isStar) return undefined
  return 'A_Const' in item ? { ...reference, location: item.A_Const.location ?? 0 } : reference
}

/** How many values an insert has for each row; unknown where a star stands for some. */
export function countValues(select: Node): number | undefined {
  const { valuesLists, targetList } = 'SelectStmt' in select ? select.SelectStmt : {}
  const [first] = valuesLists ?? []
  if (first && 'List' in first) return first.List.items?.length
  const stars = targetList?.some(
    (target) => readReference('ResTarget' in target ? target.ResTarget.val : undefined)?.isStar,
  )
  return stars ? undefined : targetList?.length
}

/** Whether a name of a shape, quoted where it has to be, is a name of the tree, which is folded already. */
export function isNamed(quoted: string, name: string): boolean {
  return quoted === name || quoted === `"${name.replaceAll('"', '""')}"`
}
