import { TenantryError } from '@tenantry/context'
import type { Directory, DirectoryTenant } from './directory.ts'

/**
 * The tenant, when it may be served now. Throws `TENANT_UNKNOWN` or `TENANT_SUSPENDED` (403), or
 * `DIRECTORY_NOT_READY` (503) before the first snapshot.
 */
export function requireActiveTenant(directory: Directory, tenantId: string): DirectoryTenant {
  if (!directory.ready) {
    throw new TenantryError('DIRECTORY_NOT_READY', 'the tenants are not known yet', {
      status: 503,
      help: 'try again in a second; if it stays so, see whether the control plane runs',
    })
  }
  const tenant = directory.tenants.get(tenantId)
  if (tenant?.status === 'active') return tenant
  // INVARIANT: stop means stop. A tenant that is not active gets no token, no key and no route.
  if (tenant?.status === 'suspended') {
    throw new TenantryError('TENANT_SUSPENDED', 'this tenant is suspended', {
      status: 403,
      help: 'an operator can activate it with `tenantry tenant activate`',
    })
  }
  throw new TenantryError('TENANT_UNKNOWN', 'this tenant is not known here', {
    status: 403,
    help: 'an operator can onboard it with `tenantry tenant onboard`',
  })
}
