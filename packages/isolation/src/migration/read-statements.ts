import { TenantryError } from '@tenantry/context'
import { hasSqlDetails, loadModule, type Node, parseSync, type RawStmt } from 'libpg-query'

/** One statement of a migration. */
export interface Statement {
  /** `service/file:line`, for whoever has to mend it. */
  readonly at: string
  readonly text: string
  /** What it is, as PostgreSQL's own parser names it: `CreateStmt`, `IndexStmt`, … */
  readonly kind: string
  readonly node: Node
}

const blank = /^(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)*/

/**
 * Splits a migration with PostgreSQL's own parser. `name` is `service/file`.
 * Throws `MIGRATION_SYNTAX` with the line and the column.
 */
export async function readStatements(name: string, sql: string): Promise<Statement[]> {
  await loadModule()
  // The parser counts bytes.
  const bytes = Buffer.from(sql)
  return parse(name, sql).map(({ stmt_location: start = 0, stmt_len: length }) => {
    const end = length === undefined ? undefined : start + length
    const raw = bytes.subarray(start, end).toString()
    const skipped = blank.exec(raw)?.[0] ?? ''
    const text = raw.slice(skipped.length)
    const before = bytes.subarray(0, start).toString() + skipped
    const node = parseStatement(text)
    return { at: `${name}:${before.split('\n').length}`, text, node, kind: Object.keys(node)[0] ?? '' }
  })
}

/** The tree of one statement. */
export function parseStatement(text: string): Node {
  const node = parseSync(text).stmts?.[0]?.stmt
  if (!node) throw new Error(`\`${text}\` is no statement`)
  return node
}

function parse(name: string, sql: string): RawStmt[] {
  if (blank.exec(sql)?.[0] === sql) return []
  try {
    return parseSync(sql).stmts ?? []
  } catch (cause) {
    if (!hasSqlDetails(cause)) throw cause
    const lines = [...sql]
      .slice(0, cause.sqlDetails?.cursorPosition ?? 0)
      .join('')
      .split('\n')
    const at = `${name}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
    throw new TenantryError('MIGRATION_SYNTAX', `\`${at}\`: ${cause.message}`, {
      help: 'mend the statement: a migration is plain SQL, without commands of psql',
      cause,
    })
  }
}
