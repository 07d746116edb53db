import type { RateLimit } from './tenant-limits.ts'

/** What a tenant’s rate allows at one moment. */
export interface RateState {
  /** How many more requests would be let through now. */
  readonly available: number
  /** In how many milliseconds it is one more. */
  readonly nextMs: number
}

const lookedAtOnce = 2
const roundingMs = 1e-6

/**
 * How fast each tenant sends, by the generic cell rate algorithm (ITU-T I.371): one number a tenant, the time at which its
 * bucket is full again. Constant time a request, however many tenants; those whose bucket is full are forgotten.
 * Times are milliseconds of one clock that never goes back.
 */
export class RequestRates {
  readonly #fullAtMs = new Map<string, number>()
  #hand = this.#fullAtMs.entries()

  /** How many tenants are remembered. */
  get size(): number {
    return this.#fullAtMs.size
  }

  /** Lets one request through if the limit allows it now; one that is refused counts for nothing. */
  take(
    tenant: string,
    { requestsPerSecond, burst }: RateLimit,
    nowMs: number,
  ): RateState & { allowed: boolean } {
    this.#forgetSome(nowMs)
    const intervalMs = 1000 / requestsPerSecond
    const emptyMs = burst * intervalMs
    // What was taken under a lower limit never costs more than the whole bucket of the limit that holds now.
    const missingMs = Math.min(emptyMs, Math.max(0, (this.#fullAtMs.get(tenant) ?? 0) - nowMs))
    const allowed = missingMs + intervalMs <= emptyMs + roundingMs
    const afterMs = allowed ? missingMs + intervalMs : missingMs
    this.#fullAtMs.set(tenant, nowMs + afterMs)
    const available = Math.max(0, Math.floor((emptyMs - afterMs + roundingMs) / intervalMs))
    return { allowed, available, nextMs: Math.max(0, afterMs - (burst - available - 1) * intervalMs) }
  }

  /** Takes back that the tenant's last request was let through. */
  giveBack(tenant: string, { requestsPerSecond }: RateLimit): void {
    const fullAtMs = this.#fullAtMs.get(tenant)
    if (fullAtMs !== undefined) this.#fullAtMs.set(tenant, fullAtMs - 1000 / requestsPerSecond)
  }

  // A hand goes round and looks at two for each request, so that nobody ever waits for a sweep of all.
  #forgetSome(nowMs: number): void {
    for (let looked = 0; looked < lookedAtOnce; looked++) {
      const { value, done } = this.#hand.next()
      if (done) {
        this.#hand = this.#fullAtMs.entries()
        return
      }
      const [tenant, fullAtMs] = value
      if (fullAtMs <= nowMs) this.#fullAtMs.delete(tenant)
    }
  }
}
