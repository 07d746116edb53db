import { activeTenantHeader, callerHeader, traceHeaders, transactionTokenHeader } from '@tenantry/context'
import { deploymentHeader, requestAmbiguous } from '@tenantry/routing'
import type { Step } from '../exchange.ts'
import { isManaged } from '../managed-headers.ts'
import { apiKeyHeader } from '../read-api-key.ts'

// Written over by our answer, or written or taken away by the ingress's own configuration.
const kept = new Set([
  transactionTokenHeader,
  callerHeader,
  deploymentHeader,
  ...traceHeaders,
  'x-request-id',
  'authorization',
  activeTenantHeader,
  'forwarded',
  'x-real-ip',
])

/**
 * Refuses a header that only the platform may set and that an answer does not write over: our gateway drops it, an ingress would
 * hand it on. Throws `REQUEST_AMBIGUOUS` (400).
 */
export const refuseUnmanaged: Step = ({ config }, { received: { rawHeaders } }) => {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (config.apiKeys && name === apiKeyHeader)
      throw requestAmbiguous('this ingress would hand the API key on')
    if (!isManaged(name) || kept.has(name) || name.startsWith('x-forwarded-')) continue
    if (config.resolvers.some((resolver) => resolver.by === 'header' && resolver.name === name)) continue
    throw requestAmbiguous('a header is given that only the platform may set')
  }
}
