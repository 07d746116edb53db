import { type CostQuestion, hourSeconds, type Prices } from '@tenantry/metrics'
import { type CostConfig, deploymentHour, deploymentIdFor, type TenantryConfig } from '@tenantry/routing'
import type { CatalogTenant } from '../tenants/catalog.ts'

/** The configuration's prices, as cost is allocated by them. */
export function readPrices(cost: CostConfig): Prices {
  return {
    platformHour: cost.perHour.platform,
    deploymentHour: (service, placement) => deploymentHour(cost, service, placement),
    units: cost.perUnit,
  }
}

/**
 * Which deployments there were between two times, in seconds since 1970, for how many hours, and whose they are. A silo is there since its tenant was onboarded, and pools and
 * platform since the first one was.
 */
export function describePlacements(
  { services }: Pick<TenantryConfig, 'services'>,
  tenants: readonly CatalogTenant[],
  { fromS, toS }: { readonly fromS: number; readonly toS: number },
): Pick<CostQuestion, 'deployments' | 'platformHours' | 'bearers'> {
  const bearerOf = ({ id, tier }: CatalogTenant) => ({ tenant: id, tier })
  const hoursSince = (...since: Date[]) => {
    const begunS = Math.min(...since.map((date) => date.getTime() / 1000))
    return Math.max(0, toS - Math.max(fromS, begunS)) / hourSeconds
  }
  const present = tenants.filter(
    ({ status, createdAt }) => status !== 'onboarding' && createdAt.getTime() / 1000 < toS,
  )
  const platformHours = hoursSince(...present.map(({ createdAt }) => createdAt))
  const deployments = Object.keys(services).flatMap((service) => {
    const isSilo = ({ placement }: CatalogTenant) => placement[service] === 'silo'
    const pooled = present.filter((tenant) => !isSilo(tenant))
    const pool = { deployment: `${service}.pool`, hours: platformHours, bearers: pooled.map(bearerOf) }
    const silos = present.filter(isSilo).map((tenant) => ({
      ...{ service, placement: 'silo' as const },
      deployment: deploymentIdFor(tenant, service),
      hours: hoursSince(tenant.createdAt),
      bearers: [bearerOf(tenant)],
    }))
    return [{ service, placement: 'pool' as const, ...pool }, ...silos]
  })
  return { deployments, platformHours, bearers: present.map(bearerOf) }
}
