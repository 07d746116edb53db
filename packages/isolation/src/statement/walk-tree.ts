/** Every object of a parse tree, with the name it stands under. */
export function* walkTree(tree: unknown, key = ''): Generator<[key: string, value: object]> {
  if (typeof tree !== 'object' || tree === null) return
  if (Array.isArray(tree)) {
    for (const item of tree) yield* walkTree(item, key)
    return
  }
  yield [key, tree]
  for (const [name, value] of Object.entries(tree)) yield* walkTree(value, name)
}

/** A relation that a statement names: a `RangeVar` of the tree. */
export interface NamedRelation {
  readonly relname: string
  readonly schemaname?: string
  readonly relpersistence?: string
}

/** Every relation that a statement names. */
export function readRelations(tree: unknown): NamedRelation[] {
  return [...walkTree(tree)].flatMap(([, value]) => (isRelation(value) ? [value] : []))
}

function isRelation(value: object): value is NamedRelation {
  return 'relname' in value && typeof value.relname === 'string'
}

/** The text of a list of names, such as `shop.f`; empty where it is something else. */
export function readNames(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((item: { String?: { sval?: string } }) => item.String?.sval ?? [])
}
