import { apiKeyInvalid, verifyApiKey } from '../api-key/verify-api-key.ts'
import type { Exchange } from './exchange.ts'
import { mintForBearer, readChoice } from './exchange-access-token.ts'

/**
 * An API key for a transaction token. The key is verified here, against the hashes that the directory has: the gateway's word is not
 * taken. Where the configuration declares no `apiKeys`, there are none. Throws as `verifyApiKey` does, and `TENANT_SUSPENDED` (403).
 */
export const exchangeApiKey: Exchange = async (service, request) => {
  if (!service.config.apiKeys) throw apiKeyInvalid()
  const claims = verifyApiKey(service.directory, request.subjectToken, readChoice(request.form))
  return mintForBearer(service, request, claims)
}
