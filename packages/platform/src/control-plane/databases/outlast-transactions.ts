import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'

const pollMs = 100

/**
 * Settles when no transaction in this database reads by a snapshot from before the call, at the latest at `deadlineMs`:
 * one that reads repeatably sees neither a key nor anything else that came after its first statement.
 */
export async function outlastTransactions(client: ClientBase, deadlineMs: number): Promise<void> {
  const { rows } = await client.query<{ mark: string }>('select pg_current_xact_id()::xid::text as mark')
  for (;;) {
    // Not by `xact_start`: sessions that do not track their activity show none.
    const { rowCount } = await client.query(
      `select from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
         and pid <> pg_backend_pid() and age(backend_xmin) > age($1::text::xid) limit 1`,
      [rows[0]?.mark],
    )
    if (!rowCount || Date.now() > deadlineMs) return
    await sleep(pollMs)
  }
}
