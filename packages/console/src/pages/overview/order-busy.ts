import type { TenantRates } from '../../live/recall-tenants.ts'

const secondsWeighed = 10

/** The busiest of the last seconds first, so that rows do not change places with every second. */
export function orderBusy<T extends { readonly id: string }>(
  tenants: readonly T[],
  rates: TenantRates,
): readonly T[] {
  const weight = ({ id }: T) =>
    (rates.get(id) ?? []).slice(-secondsWeighed).reduce((sum, rate) => sum + rate, 0)
  return tenants.toSorted((a, b) => weight(b) - weight(a) || (a.id < b.id ? -1 : 1))
}
