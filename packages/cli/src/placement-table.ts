import type { TenantAnswer } from '@tenantry/platform'
import { bold, cyan, dim, red, yellow } from './styles.ts'
import { table } from './table.ts'

/** Tenants × services: where each tenant's share of each service runs. */
export function placementTable(tenants: readonly TenantAnswer[], indent = ''): string {
  const services = [...new Set(tenants.flatMap(({ placement }) => Object.keys(placement)))]
  const head = ['tenant', 'tier', 'status', ...services].map(bold)
  const rows = tenants.map(({ id, tier, status, placement }) => [
    id,
    tier,
    status === 'active' ? status : status === 'suspended' ? red(status) : yellow(status),
    ...services.map((service) => (placement[service] === 'silo' ? cyan('own') : dim('pool'))),
  ])
  return table([head, ...rows], indent)
}
