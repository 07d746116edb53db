import { isTenantId, TenantryError } from '@tenantry/context'
import type { VerifiedToken } from './read-claims.ts'

/**
 * The tenant that a request is for: the one that its verified token names, or of several the one that the request
 * chose. A choice never adds to what the token says.
 * Throws `TENANT_CHOICE_MISSING` (400), `TENANT_CHOICE_REFUSED` (403), or `ISSUER_TENANT_REFUSED` (403) when the token
 * names only tenants that its issuer may not speak for.
 */
export function chooseTenant({ tenants, single }: VerifiedToken, choice: string | undefined): string {
  const [only] = tenants
  if (only === undefined) {
    throw new TenantryError('ISSUER_TENANT_REFUSED', 'this issuer may not speak for the tenant', {
      status: 403,
      help: 'see `tenants` of the issuer in tenantry.config.ts',
    })
  }
  if (choice === undefined) {
    if (single) return only
    throw new TenantryError('TENANT_CHOICE_MISSING', 'the access token is good for several tenants', {
      status: 400,
      help: 'name one of the token’s own tenants in the header `Tenantry-Active-Tenant`',
    })
  }
  // INVARIANT: identity is signed or it is nothing. A header chooses among what the token says, and only that.
  if (isTenantId(choice) && tenants.includes(choice)) return choice
  throw tenantChoiceRefused()
}

/** The error for a choice that is not among what the bearer is good for. */
export function tenantChoiceRefused(): TenantryError {
  return new TenantryError('TENANT_CHOICE_REFUSED', 'the access token is not good for the chosen tenant', {
    status: 403,
    help: 'name one of the token’s own tenants in the header `Tenantry-Active-Tenant`, or sign in anew',
  })
}
