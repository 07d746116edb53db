import { type Node, type ScanToken, scanSync } from 'libpg-query'
import { parseStatement } from './read-statements.ts'

/** A change of a statement's text, in bytes, and the same change of its tree. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly insert: string
  readonly change: () => void
}

/** The end of a list element, and where to cut so that the list stays one without it. */
interface ListElement {
  readonly from: number
  readonly to: number
  readonly end: number
}

/** A statement's text as PostgreSQL's scanner reads it, without its comments. */
export class StatementText {
  readonly #text: string
  readonly #tokens: readonly ScanToken[]

  constructor(text: string) {
    this.#text = text
    this.#tokens = scanSync(text).tokens.filter(({ tokenName }) => !tokenName.includes('COMMENT'))
  }

  /** Inserts at a byte. */
  insertAt(at: number, insert: string, change: () => void): Edit {
    return { from: at, to: at, insert, change }
  }

  /** Inserts behind the first parenthesis after a byte. */
  insertInside(at: number, insert: string, change: () => void): Edit {
    const opening = this.#tokens.find(({ start, text }) => start >= at && text === '(')
    return this.insertAt(opening?.end ?? at, insert, change)
  }

  /** Where the last `word` before a byte begins. */
  findBefore(at: number, word: string): number {
    return this.#tokens.findLast(({ start, text }) => start < at && text.toLowerCase() === word)?.start ?? at
  }

  /** The element of a list that begins at a byte; the `add` of `alter table` is part of it. */
  readListElement(start: number): ListElement {
    const tokens = this.#tokens
    const at = tokens.findIndex((token) => token.start === start)
    let last = at
    for (let depth = 0; last < tokens.length; last++) {
      const text = tokens[last]?.text ?? ''
      if (depth === 0 && [',', ')', ';'].includes(text)) break
      depth += text === '(' || text === '[' ? 1 : text === ')' || text === ']' ? -1 : 0
    }
    const end = tokens[last]?.start ?? Buffer.byteLength(this.#text)
    const first = tokens[at - 1]?.text.toLowerCase() === 'add' ? at - 1 : at
    const before = tokens[first - 1]
    if (before?.text === ',') return { from: before.start, to: end, end }
    const comma = tokens[last]?.text === ',' ? tokens[last] : undefined
    return { from: tokens[first]?.start ?? start, to: comma?.end ?? end, end }
  }

  /**
   * The text after an edit, whose change was made in `node` as well. Undefined when the two came to differ: then the
   * text is not what it was taken for.
   */
  apply({ from, to, insert }: Edit, node: Node): string | undefined {
    const bytes = Buffer.from(this.#text)
    const text = Buffer.concat([bytes.subarray(0, from), Buffer.from(insert), bytes.subarray(to)]).toString()
    try {
      return shape(parseStatement(text)) === shape(node) ? text : undefined
    } catch {
      return undefined
    }
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
