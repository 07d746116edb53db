import type { TenantAnswer } from '@tenantry/platform'
import { describeLimits } from './describe-limits.ts'
import { bold, cyan, dim, red, yellow } from './styles.ts'
import { table } from './table.ts'

/** Tenants × services: where each tenant's share of each service runs; and limits, where a tenant has its own. */
export function placementTable(tenants: readonly TenantAnswer[], indent = ''): string {
  const services = [...new Set(tenants.flatMap(({ placement }) => Object.keys(placement)))]
  const limited = tenants.some(({ limits }) => limits)
  const head = ['tenant', 'tier', 'status', ...services, ...(limited ? ['limits'] : [])].map(bold)
  const rows = tenants.map(({ id, tier, status, placement, limits }) => [
    id,
    tier,
    status === 'active' ? status : status === 'suspended' ? red(status) : yellow(status),
    ...services.map((service) => (placement[service] === 'silo' ? cyan('own') : dim('pool'))),
    ...(limits ? [describeLimits(limits)] : []),
  ])
  return table([head, ...rows], indent)
}
