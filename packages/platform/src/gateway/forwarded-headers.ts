import { callerHeader, transactionTokenHeader, writeTraceContext } from '@tenantry/context'
import type { Dispatcher } from 'undici'
import { type Exchange, found, type Gateway } from './exchange.ts'
import { isHopByHop, isManaged } from './managed-headers.ts'
import { apiKeyHeader } from './read-api-key.ts'

/**
 * What the deployment gets: the caller's headers without those of this hop and without any that only the platform may
 * set, and ours. `host` is the deployment's own; the caller's is in `x-forwarded-host`.
 */
// INVARIANT: identity is signed or it is nothing. Inbound copies of our headers end here, and ours are added last.
export function requestHeaders(
  { caller, config }: Pick<Gateway, 'caller' | 'config'>,
  exchange: Exchange,
): string[] {
  const { rawHeaders, headers: received, socket } = exchange.request
  const named = namedInConnection(received.connection)
  const headers: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index]?.toLowerCase(), rawHeaders[index + 1]]
    if (config.apiKeys && name === apiKeyHeader) continue
    if (isManaged(name) || isHopByHop(name) || (named?.has(name) && name !== 'content-length')) continue
    headers.push(name, value)
  }
  headers.push(
    transactionTokenHeader,
    found(exchange, 'transactionToken'),
    callerHeader,
    caller(found(exchange, 'service')),
    ...Object.entries(writeTraceContext(exchange.trace)).flat(),
    'x-request-id',
    exchange.requestId,
    'x-forwarded-for',
    socket.remoteAddress ?? '',
    'x-forwarded-host',
    received.host ?? '',
    'x-forwarded-proto',
    'encrypted' in socket ? 'https' : 'http',
  )
  return headers
}

const own: readonly string[] = [transactionTokenHeader, callerHeader]

const limits = ['ratelimit', 'ratelimit-policy']

/**
 * What the caller gets: the deployment's headers without those of its hop and ours, and the request's id. Limits of the service's
 * own are told behind the tenant's: the fields are lists, which may stand on several lines (RFC 9651, 3.1).
 */
export function responseHeaders(
  headers: Dispatcher.ResponseData['headers'],
  { requestId, response }: Pick<Exchange, 'requestId' | 'response'>,
): Record<string, string | string[] | undefined> {
  const named = namedInConnection(headers.connection)
  const kept: Record<string, string | string[] | undefined> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!isHopByHop(name) && !named?.has(name) && !own.includes(name)) kept[name] = value
  }
  for (const name of limits) {
    const ours = response.getHeader(name)
    if (ours !== undefined && kept[name] !== undefined) kept[name] = [String(ours), kept[name]].flat()
  }
  kept['x-request-id'] = requestId
  return kept
}

/** The headers that a `Connection` header makes ones of this hop, or `undefined` for none. */
function namedInConnection(connection: string | string[] | undefined): Set<string> | undefined {
  if (!connection || connection === 'keep-alive' || connection === 'close') return undefined
  return new Set(
    String(connection)
      .toLowerCase()
      .split(/\s*,\s*/),
  )
}
