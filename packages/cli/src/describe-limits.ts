import type { TenantAnswer } from '@tenantry/platform'

/** A tenant's own limits in words: `100 requests/s, 20 at once, weight 3`. */
export function describeLimits(limits: TenantAnswer['limits']): string {
  const { requestsPerSecond, concurrency, weight } = limits ?? {}
  const words = [
    requestsPerSecond !== undefined && `${requestsPerSecond} requests/s`,
    concurrency !== undefined && `${concurrency} at once`,
    weight !== undefined && `weight ${weight}`,
  ].filter((word) => word !== false)
  return words.length > 0 ? words.join(', ') : 'as its tier says'
}
