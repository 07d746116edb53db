import type { TierConfig } from '../config.ts'
import type { DirectoryTenant } from '../directory.ts'

/** A rate that may be exceeded for a moment. */
export interface RateLimit {
  readonly requestsPerSecond: number
  /** How many requests may come at once after a pause. */
  readonly burst: number
}

/** What one tenant may ask for at this moment. */
export interface TenantLimits {
  /** Null for no limit. */
  readonly rate: RateLimit | null
  /** How many requests may be under way at once; null for no limit. */
  readonly concurrency: number | null
  /** Its share of what is scarce, beside other tenants'. */
  readonly weight: number
}

/**
 * The limits that hold for a tenant: those of its tier, and in their place what was set for it alone. A rate that was set
 * keeps the tier's burst in seconds. A tier that is not declared limits nothing.
 */
export function limitsOf(
  { tiers }: { tiers: Readonly<Record<string, Pick<TierConfig, 'limits'>>> },
  { tier, limits: own }: Pick<DirectoryTenant, 'tier' | 'limits'>,
): TenantLimits {
  const declared = Object.hasOwn(tiers, tier) ? tiers[tier]?.limits : undefined
  const requestsPerSecond = own?.requestsPerSecond ?? declared?.requestsPerSecond
  return {
    rate:
      requestsPerSecond === undefined
        ? null
        : { requestsPerSecond, burst: burstOf(requestsPerSecond, declared) },
    concurrency: own?.concurrency ?? declared?.concurrency ?? null,
    weight: own?.weight ?? declared?.weight ?? 1,
  }
}

function burstOf(
  requestsPerSecond: number,
  declared: { requestsPerSecond?: number; burst?: number } = {},
): number {
  const seconds = (declared.burst ?? declared.requestsPerSecond ?? 1) / (declared.requestsPerSecond ?? 1)
  return Math.max(1, Math.ceil(seconds * requestsPerSecond))
}
