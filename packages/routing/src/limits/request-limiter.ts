import type { RateState } from './request-rates.ts'
import type { TenantLimits } from './tenant-limits.ts'

/** Whether a request is let through, and what is left for the tenant. */
export interface LimitVerdict {
  /** Null for a request that is let through. */
  readonly refusedBy: 'rate' | 'concurrency' | null
  /** Null where the rate is not limited, or was not asked. */
  readonly rate: RateState | null
  /** How many more may be under way at once; null where that is not limited. */
  readonly concurrency: { readonly available: number } | null
  /** Ends what was let through; to be called once. Does nothing for what was refused. */
  release(): void
}

/** Decides which requests of a tenant are let through. Never rejects. */
export interface RequestLimiter {
  admit(tenant: string, limits: TenantLimits): LimitVerdict | Promise<LimitVerdict>
}
