import { requireActiveTenant } from '@tenantry/routing'
import { found, type Step } from './exchange.ts'

/**
 * Finds the tenant that the verified token names, in the directory: status, tier and placement are what the catalog
 * says, whatever the token claims. Throws `TENANT_UNKNOWN`, `TENANT_SUSPENDED` (403),
 * or `DIRECTORY_NOT_READY` (503) before the control plane told of any.
 */
export const findTenant: Step = ({ directory }, exchange) => {
  exchange.tenant = requireActiveTenant(directory, found(exchange, 'claims').tenant)
}
