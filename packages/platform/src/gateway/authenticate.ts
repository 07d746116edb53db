import { activeTenantHeader, isTenantryError, readBearerToken, TenantryError } from '@tenantry/context'
import { tenantMismatch } from '@tenantry/routing'
import type { Step } from './exchange.ts'
import { headerValues } from './received-request.ts'

/**
 * Verifies the access token, and that it is good for the tenant whose address the request came to or that it chose. Throws
 * `ACCESS_TOKEN_MISSING`, `…_INVALID`, `…_EXPIRED` (401), `TENANT_CHOICE_MISSING` (400), `TENANT_CHOICE_REFUSED`, `TENANT_MISMATCH` or
 * `ISSUER_TENANT_REFUSED` (403).
 */
export const authenticate: Step = async ({ accessTokens }, exchange) => {
  const { received, addressed } = exchange
  const token = readBearerToken(headerValues(received, 'authorization')[0])
  if (!token) {
    throw new TenantryError('ACCESS_TOKEN_MISSING', 'an access token is needed', {
      status: 401,
      help: 'send `Authorization: Bearer` with an access token; in the demo, `npx tenantry token <tenant>` prints one',
    })
  }
  const [chosen] = headerValues(received, activeTenantHeader)
  // INVARIANT: identity is signed or it is nothing. An address narrows what a token may be used for, and adds nothing to it.
  exchange.claims = await accessTokens.verify(token, addressed ?? chosen).catch((cause) => {
    const isAddress =
      addressed !== undefined && isTenantryError(cause) && cause.code === 'TENANT_CHOICE_REFUSED'
    throw isAddress ? tenantMismatch(cause) : cause
  })
  if (addressed !== undefined && chosen !== undefined && chosen !== addressed) throw tenantMismatch()
  exchange.accessToken = token
  exchange.activeTenant = addressed ?? chosen
}
