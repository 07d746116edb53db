import { readBearerToken } from '@tenantry/context'
import { requestAmbiguous, type TenantryConfig } from '@tenantry/routing'
import { headerValues, type ReceivedRequest } from './received-request.ts'

/** The header that a key may have of its own. No service is sent it where API keys are declared. */
export const apiKeyHeader = 'x-api-key'

/**
 * The API key that a request brings, where the configuration says that it may; `undefined` for a request that brings none, or brings
 * one elsewhere. Throws `REQUEST_AMBIGUOUS` (400) for one with two of them, with both headers, or with a look-alike.
 */
export function readApiKey(
  { apiKeys }: Pick<TenantryConfig, 'apiKeys'>,
  received: Pick<ReceivedRequest, 'rawHeaders'>,
): string | undefined {
  if (!apiKeys) return undefined
  const keys = headerValues(received, apiKeyHeader)
  const [authorization] = headerValues(received, 'authorization')
  if (keys.length > 1) throw requestAmbiguous(`\`${apiKeyHeader}\` is given twice`)
  if (keys.length > 0 && authorization !== undefined)
    throw requestAmbiguous(`it has \`authorization\` and \`${apiKeyHeader}\``)
  if (received.rawHeaders.some(isLookAlike)) throw requestAmbiguous('a header looks like another')
  if (apiKeys.header === apiKeyHeader) return keys[0]
  const token = readBearerToken(authorization)
  return token?.startsWith('tk_') ? token : undefined
}

// Names stand at the even places.
function isLookAlike(name: string, at: number): boolean {
  return at % 2 === 0 && /^x[_.-]api[_.-]key$/i.test(name) && name.toLowerCase() !== apiKeyHeader
}
