import type { Tenant } from '../../api/tenants.ts'

/** By which column the list is ordered. */
export const orders = ['id', 'tier', 'status', 'requests', 'created'] as const
export type Order = (typeof orders)[number]

/** What the list is narrowed down to, and how it is ordered; what is left out is any. */
export interface TenantChoice {
  readonly search?: string | undefined
  readonly tier?: string | undefined
  readonly status?: string | undefined
  readonly order?: Order | undefined
  readonly isDescending?: boolean | undefined
}

/** The tenants that are asked for, in the order that is asked for; ids break ties. */
export function chooseTenants(
  tenants: readonly Tenant[],
  { search = '', tier, status, order = 'id', isDescending = false }: TenantChoice,
  requestsPerSecond: ReadonlyMap<string, number> = new Map(),
): readonly Tenant[] {
  const wanted = search.trim().toLowerCase()
  const chosen = tenants.filter(
    (tenant) =>
      tenant.id.includes(wanted) && (!tier || tenant.tier === tier) && (!status || tenant.status === status),
  )
  const sign = isDescending ? -1 : 1
  const compare: Record<Order, (a: Tenant, b: Tenant) => number> = {
    id: (a, b) => byText(a.id, b.id),
    tier: (a, b) => byText(a.tier, b.tier),
    status: (a, b) => byText(a.status, b.status),
    created: (a, b) => byText(a.createdAt, b.createdAt),
    requests: (a, b) => (requestsPerSecond.get(a.id) ?? 0) - (requestsPerSecond.get(b.id) ?? 0),
  }
  return chosen.sort((a, b) => sign * compare[order](a, b) || byText(a.id, b.id))
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
