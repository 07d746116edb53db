import {
  type DirectoryTenant,
  findPlacementRefusal,
  settlePlacement,
  type TenantryConfig,
} from '@tenantry/routing'
import { newSiloName } from '../deployments/topology.ts'

/**
 * Where a configuration has these tenants: services that are new to one as its tier says, everything else as it was placed. One to whom nothing is
 * new is given back as it is. Throws `PLACEMENT_CHANGE` or `TIER_IN_USE` (409) when tenants would have to move.
 */
export function settleTenants<Tenant extends DirectoryTenant>(
  config: TenantryConfig,
  tenants: readonly Tenant[],
): Tenant[] {
  // INVARIANT: a tenant's rows are where its placement says. A configuration that says otherwise is not taken.
  const refusal = findPlacementRefusal(config, tenants)
  if (refusal) throw refusal
  return tenants.map((tenant) => {
    const { placement, added } = settlePlacement(config, tenant)
    return added.length > 0 ? { ...tenant, placement, silo: tenant.silo ?? newSiloName(placement) } : tenant
  })
}
