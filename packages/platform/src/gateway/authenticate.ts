import { activeTenantHeader, readBearerToken, TenantryError } from '@tenantry/context'
import type { Step } from './exchange.ts'

/**
 * Verifies the access token, and the choice among its tenants. Throws `ACCESS_TOKEN_MISSING`, `…_INVALID`, `…_EXPIRED` (401),
 * `TENANT_CHOICE_MISSING` (400), `TENANT_CHOICE_REFUSED` or `ISSUER_TENANT_REFUSED` (403).
 */
export const authenticate: Step = async ({ accessTokens }, exchange) => {
  const { headers } = exchange.request
  const token = readBearerToken(headers.authorization)
  if (!token) {
    throw new TenantryError('ACCESS_TOKEN_MISSING', 'an access token is needed', {
      status: 401,
      help: 'send `Authorization: Bearer` with an access token; in the demo, `npx tenantry token <tenant>` prints one',
    })
  }
  const choice = headers[activeTenantHeader]?.toString()
  exchange.accessToken = token
  exchange.activeTenant = choice
  exchange.claims = await accessTokens.verify(token, choice)
}
