import type { LimitVerdict, TenantLimits } from '@tenantry/routing'

const rateName = '"tenant-rate"'
const concurrencyName = '"tenant-concurrency"'

/**
 * What an answer tells of a tenant's limits (draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4): `RateLimit-Policy` is what
 * holds, `RateLimit` what is left of it. `t` is the time until there is one more. Nothing for a tenant without limits.
 */
export function rateLimitHeaders(
  { rate, concurrency }: TenantLimits,
  verdict: Pick<LimitVerdict, 'rate' | 'concurrency'>,
): Record<string, string> {
  const policies: string[] = []
  const left: string[] = []
  if (rate) {
    // A window is whole seconds: the quota of one is the rate's own, so that nobody reads a higher rate from it.
    const windowS = Math.max(1, Math.ceil(rate.burst / rate.requestsPerSecond))
    policies.push(`${rateName};q=${Math.floor(rate.requestsPerSecond * windowS)};w=${windowS}`)
  }
  if (verdict.rate)
    left.push(`${rateName};r=${verdict.rate.available};t=${Math.ceil(verdict.rate.nextMs / 1000)}`)
  if (concurrency !== null) policies.push(`${concurrencyName};q=${concurrency};qu="concurrent-requests"`)
  if (verdict.concurrency) left.push(`${concurrencyName};r=${verdict.concurrency.available}`)
  return {
    ...(policies.length > 0 && { 'ratelimit-policy': policies.join(', ') }),
    ...(left.length > 0 && { ratelimit: left.join(', ') }),
  }
}

/** When a request that was refused may come again, in whole seconds; for its concurrency that is a guess. */
export function retryAfterS({ refusedBy, rate }: Pick<LimitVerdict, 'refusedBy' | 'rate'>): number {
  return refusedBy === 'rate' && rate ? Math.max(1, Math.ceil(rate.nextMs / 1000)) : 1
}
