import type { DirectoryDatabase } from '@tenantry/routing'
import { type CollectParts, collectOutboxes } from './collect-outboxes.ts'

/** Collects from every database that the directory knows, also from those that it learns of later. */
export class CollectAll {
  readonly #parts: CollectParts
  readonly #collecting = new Map<string, { wiring: string; stop: AbortController; over: Promise<void> }>()

  constructor(parts: CollectParts) {
    this.#parts = parts
  }

  /** Brings what is collected in line with the directory: to be called after each change of it. */
  follow(): void {
    const { databases } = this.#parts.directory
    for (const database of databases.values()) this.#ensure(database)
    for (const [id, { stop }] of this.#collecting) {
      if (databases.has(id)) continue
      stop.abort()
      this.#collecting.delete(id)
    }
  }

  async close(): Promise<void> {
    const all = [...this.#collecting.values()]
    for (const { stop } of all) stop.abort()
    await Promise.all(all.map(({ over }) => over))
  }

  #ensure(database: DirectoryDatabase): void {
    const wiring = JSON.stringify(database)
    const known = this.#collecting.get(database.id)
    if (known?.wiring === wiring) return
    known?.stop.abort()
    const stop = new AbortController()
    const over = collectOutboxes(this.#parts, database, stop.signal)
    this.#collecting.set(database.id, { wiring, stop, over })
  }
}
