import { performance } from 'node:perf_hooks'
import type { UsageLedger } from './usage-ledger.ts'

/**
 * Estimates whose work a process's event loop runs: from one mark to the next, less what the loop stood idle, is the work of the tenant
 * of the first. Marks are set where work of a tenant is known to begin: its request, a piece of a body, an answer of the database. What
 * such an arrival sets going runs right after it, before the loop takes the next.
 */
export class LoopShares {
  readonly #ledger: Pick<UsageLedger, 'addWork'>
  #tenant: string | undefined
  #markedAtMs = 0
  #idleMs = 0

  constructor(ledger: Pick<UsageLedger, 'addWork'>) {
    this.#ledger = ledger
  }

  /** What runs from now on is work of `tenant`, or nobody's. */
  mark(tenant: string | undefined): void {
    const nowMs = performance.now()
    const idleMs = performance.nodeTiming.idleTime
    const workedMs = nowMs - this.#markedAtMs - (idleMs - this.#idleMs)
    if (this.#tenant !== undefined && workedMs > 0) this.#ledger.addWork(this.#tenant, workedMs)
    this.#tenant = tenant
    this.#markedAtMs = nowMs
    this.#idleMs = idleMs
  }
}
