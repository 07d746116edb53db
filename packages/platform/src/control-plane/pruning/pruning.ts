import type { DirectoryDatabase } from '@tenantry/routing'
import type { Client } from 'pg'
import type { Provisioner } from '../databases/provisioner.ts'
import { RecurringWork } from '../scheduling/recurring-work.ts'
import { pruneBus } from './prune-bus.ts'
import { pruneServiceTables } from './prune-service-tables.ts'
import type { Retention } from './retention.ts'

/** What pruning works with. */
export interface PruningParts {
  readonly provisioner: Pick<Provisioner, 'inDatabase'>
  readonly bus: string
  /** Every database with outboxes and inboxes, as it is now. */
  readonly databases: () => Promise<readonly DirectoryDatabase[]>
  readonly retention: Retention
  readonly onTrouble: (error: unknown) => void
  /** How long after the start it is done first; 10 s, so that starting is not slowed down. */
  readonly firstMs?: number
}

const hourMs = 60 * 60 * 1000

/** Deletes again and again what is over and kept no longer: four times in the span that it is kept for, every 1 to 6 h. Ends with the piece that is being deleted. */
export class Pruning extends RecurringWork {
  readonly #parts: PruningParts

  constructor(parts: PruningParts) {
    const { firstMs = 10_000, retention } = parts
    const everyMs = Math.min(Math.max(retention.handledMs / 4, hourMs), 6 * hourMs)
    super({ firstMs, everyMs }, (signal) => this.#sweep(signal))
    this.#parts = parts
  }

  /** One database after the other; one that cannot be pruned is told of, and holds up none. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { bus, databases, retention, onTrouble } = this.#parts
    await this.#in(bus, (client) => pruneBus(client, retention, signal))
    const all = await databases().catch(onTrouble)
    for (const { id, services } of all ?? []) {
      if (signal.aborted) return
      await this.#in(id, (client) => pruneServiceTables(client, services, retention, signal))
    }
  }

  async #in(database: string, work: (client: Client) => Promise<unknown>): Promise<void> {
    try {
      await this.#parts.provisioner.inDatabase(database, async (client) => {
        // Whoever changes a table goes first; and to compile a piece takes longer than to delete it.
        await client.query(`set lock_timeout = '2s'; set jit = off`)
        await work(client)
      })
    } catch (error) {
      this.#parts.onTrouble(error)
    }
  }
}
