import { activeTenantHeader, isTenantryError, readBearerToken, TenantryError } from '@tenantry/context'
import { tenantMismatch } from '@tenantry/routing'
import { verifyApiKey } from '../api-key/verify-api-key.ts'
import type { Step } from './exchange.ts'
import { readApiKey } from './read-api-key.ts'
import { headerValues } from './received-request.ts'

/**
 * Verifies the access token, or the API key in its place, and that it is good for the tenant whose address the request came to or that it chose. Throws
 * `ACCESS_TOKEN_MISSING`, `…_INVALID`, `…_EXPIRED`, `API_KEY_INVALID` (401), `REQUEST_AMBIGUOUS`, `TENANT_CHOICE_MISSING` (400), `TENANT_CHOICE_REFUSED`, `TENANT_MISMATCH` or
 * `ISSUER_TENANT_REFUSED` (403).
 */
export const authenticate: Step = async ({ accessTokens, directory, config }, exchange) => {
  const { received, addressed } = exchange
  const apiKey = readApiKey(config, received)
  const token = apiKey ?? readBearerToken(headerValues(received, 'authorization')[0])
  if (!token) {
    throw new TenantryError('ACCESS_TOKEN_MISSING', 'an access token is needed', {
      status: 401,
      help: 'send `Authorization: Bearer` with an access token; in the demo, `npx tenantry token <tenant>` prints one',
    })
  }
  const [chosen] = headerValues(received, activeTenantHeader)
  // INVARIANT: identity is signed or it is nothing. An address narrows what a token may be used for, and adds nothing to it.
  const verify = async (choice: string | undefined) =>
    apiKey === undefined ? accessTokens.verify(token, choice) : verifyApiKey(directory, apiKey, choice)
  exchange.claims = await verify(addressed ?? chosen).catch((cause) => {
    const isAddress =
      addressed !== undefined && isTenantryError(cause) && cause.code === 'TENANT_CHOICE_REFUSED'
    throw isAddress ? tenantMismatch(cause) : cause
  })
  if (addressed !== undefined && chosen !== undefined && chosen !== addressed) throw tenantMismatch()
  if (apiKey === undefined) exchange.accessToken = token
  else exchange.apiKey = apiKey
  exchange.activeTenant = addressed ?? chosen
}
