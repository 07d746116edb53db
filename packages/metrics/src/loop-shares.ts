import { performance } from 'node:perf_hooks'
import type { UsageLedger } from './usage-ledger.ts'

/**
 * Estimates whose work a process's event loop runs, by what is known of its moments. Where something of a tenant's arrives, such as its request, a piece of a
 * body or an answer of the database, what runs next is its work. Where something of a tenant's leaves, such as a statement, a call or an answer, what ran until then was, however it
 * came to run: after a timer, or the answer of a call. What the loop stood idle is nobody's.
 */
export class LoopShares {
  readonly #ledger: Pick<UsageLedger, 'addWork'>
  #tenant: string | undefined
  #markedAtMs = 0
  #idleMs = 0

  constructor(ledger: Pick<UsageLedger, 'addWork'>) {
    this.#ledger = ledger
  }

  /** Something arrived: what runs from now on is work of `tenant`, or nobody's. */
  mark(tenant: string | undefined): void {
    if (tenant === this.#tenant) return
    this.#credit(this.#tenant)
    this.#tenant = tenant
  }

  /** Something leaves: what ran until now was work of `tenant`, and so is what comes right after. */
  depart(tenant: string): void {
    if (tenant === this.#tenant) return
    this.#credit(tenant)
    this.#tenant = tenant
  }

  #credit(tenant: string | undefined): void {
    const nowMs = performance.now()
    const idleMs = performance.nodeTiming.idleTime
    const workedMs = nowMs - this.#markedAtMs - (idleMs - this.#idleMs)
    if (tenant !== undefined && workedMs > 0) this.#ledger.addWork(tenant, workedMs)
    this.#markedAtMs = nowMs
    this.#idleMs = idleMs
  }
}
