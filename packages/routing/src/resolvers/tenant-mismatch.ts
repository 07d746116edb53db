import { TenantryError } from '@tenantry/context'

/**
 * The error for a request whose address, or whose choice, is one tenant's and whose token or other address is not:
 * `TENANT_MISMATCH` (403). It names none of them, and does not tell whether there is such a tenant.
 */
export function tenantMismatch(cause?: unknown): TenantryError {
  return new TenantryError('TENANT_MISMATCH', 'this address is not the tenant’s that the request is for', {
    status: 403,
    help: 'use the address of the tenant that the access token is for, or sign in there',
    cause,
  })
}
