import type { LiveTenant } from '../api/snapshot.ts'

/** Requests per second of the last seconds by tenant, the newest last. */
export type TenantRates = ReadonlyMap<string, readonly number[]>

const secondsKept = 60

/** Adds one second of what the busiest tenants did. Who was not told of did nothing; who does nothing for a minute is forgotten. */
export function recallTenants(
  known: TenantRates,
  tenants: readonly Pick<LiveTenant, 'id' | 'requestsPerSecond'>[],
): TenantRates {
  const now = new Map(tenants.map(({ id, requestsPerSecond }) => [id, requestsPerSecond]))
  const rates = new Map<string, readonly number[]>()
  for (const id of new Set([...known.keys(), ...now.keys()])) {
    const past = [...(known.get(id) ?? []), now.get(id) ?? 0].slice(-secondsKept)
    if (past.some((rate) => rate > 0)) rates.set(id, past)
  }
  return rates
}
