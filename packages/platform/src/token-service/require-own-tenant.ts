import { TenantryError } from '@tenantry/context'
import { type DirectoryDeployment, type DirectoryTenant, deploymentIdFor } from '@tenantry/routing'

/**
 * The deployment that asks, when it serves the tenant. Throws `ROUTING_MISDIRECTED` (421) for any other's tenant, and for
 * a workload that is no deployment.
 */
export function requireOwnTenant(
  deployment: DirectoryDeployment | undefined,
  tenant: DirectoryTenant,
): DirectoryDeployment {
  // INVARIANT: services cannot mint. A key or token is for a tenant whose token came here, and whom this deployment serves.
  if (deployment && deploymentIdFor(tenant, deployment.service) === deployment.id) return deployment
  throw new TenantryError('ROUTING_MISDIRECTED', 'this deployment does not serve the tenant', {
    status: 421,
    help: 'ask the directory again where the tenant is served',
  })
}
