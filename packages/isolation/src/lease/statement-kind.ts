// PostgreSQL's comments end at either line end, and lie in one another.
const blank = /(?:[\s(]|--[^\n\r]*)*/y
const commentEdge = /\/\*|\*\//g

/** What a text shows without being parsed. */
export interface StatementKind {
  /** The word that it begins with, in small letters; comments and parentheses before it are passed over. Empty for none. */
  readonly keyword: string
  /** True when it may be several statements. */
  readonly mayBeSeveral: boolean
}

const kindsMax = 1_000
const textLengthMax = 5_000
const kinds = new Map<string, StatementKind>()

/** Looks at a text; short ones that were seen lately are remembered. */
export function readKind(text: string): StatementKind {
  const known = kinds.get(text)
  if (known) return known
  const keyword = /^[a-z]+/i.exec(text.slice(skipBlank(text)))?.[0].toLowerCase() ?? ''
  const kind = { keyword, mayBeSeveral: /;\s*\S/.test(text) }
  if (kinds.size >= kindsMax) kinds.clear()
  if (text.length <= textLengthMax) kinds.set(text, kind)
  return kind
}

function skipBlank(text: string): number {
  for (let at = 0; ; at = skipComment(text, at)) {
    blank.lastIndex = at
    blank.test(text)
    at = blank.lastIndex
    if (!text.startsWith('/*', at)) return at
  }
}

function skipComment(text: string, from: number): number {
  commentEdge.lastIndex = from
  for (let depth = 0; ; ) {
    const edge = commentEdge.exec(text)
    if (!edge) return text.length
    depth += edge[0] === '/*' ? 1 : -1
    if (depth === 0) return commentEdge.lastIndex
  }
}

const words = (list: string) => new Set(list.split(' '))

/** Statements that begin, end or part a transaction, and do nothing else. */
export const transactional = words('begin start commit end rollback abort savepoint release')

/** Statements that touch no table: a lease in front of them is not needed, and before some of them not allowed. */
export const leaseless = words(
  'begin start commit end rollback abort savepoint release set reset discard deallocate listen unlisten',
)

/** Statements after which the transaction's lease may be an older one, or none. */
export const dropsLease = words('rollback abort commit end set reset discard')

/** Statements after which a reset takes away all that can be left; after any other, everything is discarded. */
export const leavesLittle = words(
  'select insert update delete merge with values table explain begin start commit end rollback abort savepoint ' +
    'release set reset listen unlisten notify declare fetch move close copy lock show',
)
