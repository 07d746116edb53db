import { setTimeout as sleep } from 'node:timers/promises'

/** When work is done. */
export interface Recurrence {
  /** How long after the start it is done first. */
  readonly firstMs: number
  /** How long after one time the next begins. */
  readonly everyMs: number
}

/** Work that is done again and again, once it was started; one time is over before the next begins. */
export class RecurringWork {
  readonly #recurrence: Recurrence
  readonly #work: (signal: AbortSignal) => Promise<unknown>
  readonly #stopping = new AbortController()
  #over: Promise<void> = Promise.resolve()

  /** `work` tells of its own failures and never rejects; its signal aborts when it has to end. */
  constructor(recurrence: Recurrence, work: (signal: AbortSignal) => Promise<unknown>) {
    this.#recurrence = recurrence
    this.#work = work
  }

  start(): void {
    this.#over = this.#run()
  }

  /** Settles when what is being done has ended. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#over
  }

  async #run(): Promise<void> {
    const { firstMs, everyMs } = this.#recurrence
    const { signal } = this.#stopping
    for (let pauseMs = firstMs; ; pauseMs = everyMs) {
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined)
      if (signal.aborted) return
      await this.#work(signal)
    }
  }
}
