import { TenantryError } from '@tenantry/context'

/** The error for a request that is not one (`invalid_request`, RFC 6749, 5.2). */
export function refuseRequest(message: string): TenantryError {
  return new TenantryError('TOKEN_REQUEST_INVALID', message, {
    status: 400,
    help: 'see the table of exchanges in token-service/exchanges.ts',
  })
}
