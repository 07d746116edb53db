import { setTimeout as sleep } from 'node:timers/promises'
import type { DirectoryDatabase } from '@tenantry/routing'
import type { Client } from 'pg'
import type { Provisioner } from './provisioner.ts'
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

/** Deletes again and again what is over and kept no longer: four times in the span that it is kept for, every 1 to 6 h. */
export class Pruning {
  readonly #parts: PruningParts
  readonly #stopping = new AbortController()
  #over: Promise<void> = Promise.resolve()

  constructor(parts: PruningParts) {
    this.#parts = parts
  }

  start(): void {
    this.#over = this.#run()
  }

  /** Ends with the piece that is being deleted. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#over
  }

  async #run(): Promise<void> {
    const { firstMs = 10_000, retention } = this.#parts
    const { signal } = this.#stopping
    const everyMs = Math.min(Math.max(retention.handledMs / 4, hourMs), 6 * hourMs)
    for (let pauseMs = firstMs; ; pauseMs = everyMs) {
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined)
      if (signal.aborted) return
      await this.#sweep()
    }
  }

  /** One database after the other; one that cannot be pruned is told of, and holds up none. */
  async #sweep(): Promise<void> {
    const { bus, databases, retention, onTrouble } = this.#parts
    const { signal } = this.#stopping
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
