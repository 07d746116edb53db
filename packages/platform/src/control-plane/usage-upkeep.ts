import { setTimeout as sleep } from 'node:timers/promises'
import { hourSeconds } from '@tenantry/metrics'
import { openHoursS, type UsageStore } from './usage-store.ts'

const firstMs = 20_000
const everyMs = hourSeconds * 1000

/** Once an hour: makes one row of the epochs of hours that are closed, and forgets what is kept no longer. */
export class UsageUpkeep {
  readonly #stopping = new AbortController()
  readonly #store: Pick<UsageStore, 'tidy'>
  readonly #keepMs: number
  readonly #onTrouble: (error: unknown) => void
  #over: Promise<void> = Promise.resolve()

  constructor(
    store: Pick<UsageStore, 'tidy'>,
    { keepMs, onTrouble }: { keepMs: number; onTrouble: (error: unknown) => void },
  ) {
    this.#store = store
    this.#keepMs = keepMs
    this.#onTrouble = onTrouble
  }

  start(): void {
    this.#over = this.#run()
  }

  /** Ends with the piece that is being written. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#over
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    for (let pauseMs = firstMs; ; pauseMs = everyMs) {
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined)
      if (signal.aborted) return
      const nowS = Date.now() / 1000
      // An hour more than reports are taken for: none that was let in is stored afterwards.
      const closedS = nowS - openHoursS - hourSeconds
      await this.#store
        .tidy({ closedS, forgottenS: nowS - this.#keepMs / 1000 }, signal)
        .catch(this.#onTrouble)
    }
  }
}
