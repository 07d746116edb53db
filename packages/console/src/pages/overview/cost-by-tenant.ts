import type { Cost } from '../../api/cost.ts'

/** What each tenant cost in all, the dearest first. */
export function costByTenant({ rows }: Pick<Cost, 'rows'>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { tenant, cost } of rows) sums.set(tenant, (sums.get(tenant) ?? 0) + cost)
  return new Map([...sums].sort(([, a], [, b]) => b - a))
}
