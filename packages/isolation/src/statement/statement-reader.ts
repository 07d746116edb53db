import { loadModule, parseSync } from 'libpg-query'
import { leavesNothing } from './leaves-nothing.ts'
import { rewriteStatement } from './rewrite-statement.ts'
import { type Query, readTableShapes, type TableShapes } from './table-shapes.ts'

/** What is known of a statement's text. */
export interface ReadStatement {
  /** What to send in its place: several where the text was several statements. */
  readonly texts: readonly string[]
  /** True when it is known that it leaves nothing on its connection. */
  readonly leavesNothing: boolean
}

const freshMs = 60_000
const textsMax = 2_000
const textLengthMax = 50_000

// Only these forms can differ in a table that has a tenant column: the others are sent as they are.
const mayDiffer =
  /\bon\s+conflict\b|\bgroup\s+by\b|\binsert\s+into\s+[^(]*?\s(values|select|with|table)\b|\*[^)]*\)|json|\b(union|intersect|except)\b|;\s*\S/i

/**
 * Reads statements with PostgreSQL's own parser, each text once, and knows what one customer's statement has to become
 * in tables that have a tenant column. Nothing of isolation rests on it: the database decides.
 */
export class StatementReader {
  readonly #known = new Map<string, ReadStatement | undefined>()
  #shapes: TableShapes | undefined
  #readAtMs = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> | undefined

  /**
   * Looks at the tables when a minute has passed, through a connection that is in no transaction: a migration may have
   * changed them. Returns what to wait for, if there is something.
   */
  refresh(query: Query): Promise<void> | undefined {
    if (performance.now() - this.#readAtMs < freshMs) return this.#shapes ? undefined : this.#refreshing
    this.#readAtMs = performance.now()
    this.#refreshing = this.#look(query).catch((error: Error) => {
      this.#readAtMs = Number.NEGATIVE_INFINITY
      throw error
    })
    return this.#refreshing
  }

  async #look(query: Query): Promise<void> {
    const [shapes] = await Promise.all([readTableShapes(query), loadModule()])
    this.#shapes = shapes
    this.#known.clear()
  }

  /** What to send for a text. A text that is not worth it, or no SQL, is left to the server. */
  read(text: string): ReadStatement {
    const known = this.#known.get(text)
    if (known) return known
    const asItIs = { texts: [text], leavesNothing: false }
    const shapes = this.#shapes
    if (!shapes || text.length > textLengthMax) return asItIs
    // At its first sight a text is not parsed for nothing: it may never come again.
    if (!this.#known.has(text) && !mayDiffer.test(text)) {
      this.#keep(text, undefined)
      return asItIs
    }
    const statement = readText(text, shapes) ?? asItIs
    this.#keep(text, statement)
    return statement
  }

  #keep(text: string, statement: ReadStatement | undefined): void {
    this.#known.delete(text)
    if (this.#known.size >= textsMax) this.#known.delete(this.#known.keys().next().value ?? '')
    this.#known.set(text, statement)
  }
}

function readText(text: string, shapes: TableShapes): ReadStatement | undefined {
  try {
    const bytes = Buffer.from(text)
    const statements = (parseSync(text).stmts ?? []).flatMap(
      ({ stmt, stmt_location: from = 0, stmt_len: length }) => {
        const to = length === undefined ? bytes.length : from + length
        return stmt ? [{ stmt, text: rewriteStatement(bytes, { from, to }, stmt, shapes) }] : []
      },
    )
    return {
      texts: statements.map((statement) => statement.text),
      leavesNothing: statements.every(({ stmt }) => leavesNothing(stmt, shapes)),
    }
  } catch {
    // The server says what is wrong with it.
    return undefined
  }
}
