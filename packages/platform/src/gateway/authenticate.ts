import { TenantryError } from '@tenantry/context'
import type { Step } from './exchange.ts'

/** Verifies the access token. Throws `ACCESS_TOKEN_MISSING`, `…_INVALID`, `…_EXPIRED` (401). */
export const authenticate: Step = async ({ accessTokens }, exchange) => {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(exchange.request.headers.authorization ?? '') ?? []
  if (!token) {
    throw new TenantryError('ACCESS_TOKEN_MISSING', 'an access token is needed', {
      status: 401,
      help: 'send `Authorization: Bearer` with an access token; in the demo, `npx tenantry token <tenant>` prints one',
    })
  }
  exchange.accessToken = token
  exchange.claims = await accessTokens.verify(token)
}
