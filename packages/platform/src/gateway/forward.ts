import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TenantryError, transactionTokenHeader } from '@tenantry/context'
import type { Dispatcher } from 'undici'
import { limitBody } from './body-limit.ts'
import { type Exchange, found, type Step } from './exchange.ts'
import { deploymentDown } from './find-deployment.ts'
import { isHopByHop, isManaged } from './managed-headers.ts'

const answerMaxMs = 30_000

/**
 * Sends the request to the deployment and its answer back, both as they stream; when one side goes away, the other is
 * told. Throws `BODY_TOO_LARGE` (413), `DEPLOYMENT_DOWN` (503), `DEPLOYMENT_SLOW` (504) as long as nothing was answered.
 */
export const forward: Step = async ({ upstream }, exchange) => {
  const { request, response } = exchange
  const { addresses } = found(exchange, 'deployment')
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  let answer: Dispatcher.ResponseData
  try {
    answer = await upstream.request({
      origin: addresses[Math.floor(Math.random() * addresses.length)] ?? '',
      method: request.method as Dispatcher.HttpMethod,
      path: request.url ?? '/',
      headers: requestHeaders(exchange),
      body: hasBody(exchange) ? Readable.from(limitBody(request)) : null,
      headersTimeout: answerMaxMs,
      bodyTimeout: answerMaxMs,
      signal: gone.signal,
    })
  } catch (cause) {
    throw upstreamError(found(exchange, 'service'), cause)
  }
  if (answer.statusCode === 421) {
    // It moved between our look-up and the answer; the next one finds it.
    await answer.body.dump()
    throw deploymentDown(found(exchange, 'service'))
  }
  response.writeHead(answer.statusCode, responseHeaders(answer.headers, exchange.requestId))
  // Once the head is out an error can only cut the answer off, which `pipeline` does.
  await pipeline(answer.body, response).catch(() => undefined)
}

function hasBody({ request }: Exchange): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  )
}

// INVARIANT: identity is signed or it is nothing. Inbound copies of our headers end here, and ours are added last.
function requestHeaders(exchange: Exchange): string[] {
  const { rawHeaders, headers: received, socket } = exchange.request
  const named = new Set((received.connection ?? '').toLowerCase().split(/\s*,\s*/))
  const headers: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index]?.toLowerCase(), rawHeaders[index + 1]]
    if (isManaged(name) || isHopByHop(name) || (named.has(name) && name !== 'content-length')) continue
    headers.push(name, value)
  }
  headers.push(
    transactionTokenHeader,
    found(exchange, 'transactionToken'),
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

function responseHeaders(headers: Dispatcher.ResponseData['headers'], requestId: string) {
  const kept = Object.entries(headers).filter(
    ([name]) => !isHopByHop(name) && name !== transactionTokenHeader,
  )
  return { ...Object.fromEntries(kept), 'x-request-id': requestId }
}

function upstreamError(service: string, cause: unknown): unknown {
  if (cause instanceof TenantryError) return cause
  if ((cause as { code?: string }).code !== 'UND_ERR_HEADERS_TIMEOUT') return deploymentDown(service, cause)
  return new TenantryError('DEPLOYMENT_SLOW', `\`${service}\` did not answer within 30 s`, {
    status: 504,
    help: 'try again; the request may have been carried out',
    cause,
  })
}
