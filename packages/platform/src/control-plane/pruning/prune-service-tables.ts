import { type ClientBase, escapeIdentifier } from 'pg'
import { deleteInPieces } from './delete-in-pieces.ts'
import type { Retention } from './retention.ts'

/**
 * Deletes what is kept no longer from the outboxes and inboxes of these services, in the database that `client` is connected to as
 * the provisioning role: neither a service nor the relay may. Resolves with the number of rows.
 */
export async function pruneServiceTables(
  client: ClientBase,
  services: readonly string[],
  { handledMs, undeliverableMs }: Retention,
  signal?: AbortSignal,
): Promise<number> {
  let deleted = 0
  for (const service of services) {
    const prune = (name: string, settledAt: string, keptMs: number) => {
      const table = `${escapeIdentifier(service)}.${name}`
      const sql = (inPiece: string) =>
        `delete from ${table} where ${inPiece} and ${settledAt} < clock_timestamp() - make_interval(secs => $1::float8 / 1000)`
      return deleteInPieces(client, { table, sql, values: [keptMs] }, signal)
    }
    // A row that was not relayed has no such time.
    deleted += await prune('outbox', 'relayed_at', handledMs)
    deleted += await prune('inbox', 'handled_at', undeliverableMs)
  }
  return deleted
}
