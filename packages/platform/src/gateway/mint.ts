import { found, type Step } from './exchange.ts'

/**
 * Has the token service mint this request's transaction token. It verifies the access token or API key itself, and the choice
 * among its tenants, so that a gateway that was taken over can mint for no one else. Throws what the token service refuses, or `TOKEN_SERVICE_DOWN` (503).
 */
export const mint: Step = async ({ tokenService, config }, exchange) => {
  const { apiKey, requestId: txn, activeTenant } = exchange
  const asked = { audience: config.trustDomain, txn, activeTenant }
  exchange.transactionToken =
    apiKey === undefined
      ? await tokenService.mintForAccessToken(found(exchange, 'accessToken'), asked)
      : await tokenService.mintForApiKey(apiKey, asked)
}
