import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'

/** What is deleted of a table. */
export interface Deletion {
  readonly table: string
  /** The statement that deletes among the table's rows for which `inPiece` holds. */
  readonly sql: (inPiece: string) => string
  readonly values: readonly unknown[]
}

const pagesMax = 32

/**
 * Reads a table through, 256 KiB at a time, and deletes in each piece what `sql` says; resolves with how many rows it was. Each piece
 * is a transaction of its own, and is followed by a pause as long as it took: nobody waits for more than one piece. No
 * index is needed, so that none has to be kept up by whoever adds rows.
 */
export async function deleteInPieces(
  client: ClientBase,
  { table, sql, values }: Deletion,
  signal?: AbortSignal,
): Promise<number> {
  const { rows } = await client.query<{ pages: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as pages`,
    [table],
  )
  const pages = rows[0]?.pages ?? 0
  let deleted = 0
  for (let page = 0; page < pages && !signal?.aborted; page += pagesMax) {
    const startedAtMs = performance.now()
    const inPiece = `ctid >= '(${page},0)' and ctid < '(${page + pagesMax},0)'`
    deleted += (await client.query(sql(inPiece), [...values])).rowCount ?? 0
    await sleep(performance.now() - startedAtMs)
  }
  return deleted
}
