import { TenantryError } from '@tenantry/context'

/** The error for a request that two programs could understand in two ways: `REQUEST_AMBIGUOUS` (400). */
export function requestAmbiguous(fact: string): TenantryError {
  return new TenantryError('REQUEST_AMBIGUOUS', `the request is ambiguous: ${fact}`, {
    status: 400,
    help: 'send each header once, and host and path in their plain form',
  })
}
