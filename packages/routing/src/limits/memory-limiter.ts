import { ConcurrencyCounter } from './concurrency-counter.ts'
import type { LimitVerdict, RequestLimiter } from './request-limiter.ts'
import { RequestRates } from './request-rates.ts'
import type { TenantLimits } from './tenant-limits.ts'

/** Holds tenants to their limits in this process alone. */
export class MemoryLimiter implements RequestLimiter {
  readonly #rates = new RequestRates()
  readonly #concurrency = new ConcurrencyCounter()
  readonly #nowMs: () => number

  /** `nowMs` is a clock that never goes back. */
  constructor({ nowMs = () => performance.now() }: { nowMs?: () => number } = {}) {
    this.#nowMs = nowMs
  }

  /** Takes back what a request used up of its rate that was let through here and refused elsewhere. */
  giveBackRate(tenant: string, { rate }: Pick<TenantLimits, 'rate'>): void {
    if (rate) this.#rates.giveBack(tenant, rate)
  }

  admit(tenant: string, { rate, concurrency }: TenantLimits): LimitVerdict {
    // First what can be given back: a request that is refused for one limit uses up nothing of the other.
    if (concurrency !== null && !this.#concurrency.enter(tenant, concurrency))
      return { refusedBy: 'concurrency', rate: null, concurrency: { available: 0 }, release: () => undefined }
    const state = rate && this.#rates.take(tenant, rate, this.#nowMs())
    const release = () => {
      if (concurrency !== null) this.#concurrency.leave(tenant)
    }
    if (state?.allowed === false) release()
    return {
      refusedBy: state?.allowed === false ? 'rate' : null,
      rate: state,
      // A limit that was lowered meanwhile can be below what is under way.
      concurrency:
        concurrency === null ? null : { available: Math.max(0, concurrency - this.#concurrency.of(tenant)) },
      release: state?.allowed === false ? () => undefined : release,
    }
  }
}
