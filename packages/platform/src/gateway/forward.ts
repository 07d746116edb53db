import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isTenantryError, TenantryError } from '@tenantry/context'
import type { DirectoryDeployment } from '@tenantry/routing'
import type { Dispatcher } from 'undici'
import { limitBody } from './body-limit.ts'
import { type Exchange, found, type Gateway, type Step } from './exchange.ts'
import { deploymentDown } from './find-deployment.ts'
import { requestHeaders, responseHeaders } from './forwarded-headers.ts'

const answerMaxMs = 30_000

/**
 * Sends the request to the deployment and its answer back, both as they stream; when one side goes away, the other is
 * told. Throws `BODY_TOO_LARGE` (413), `DEPLOYMENT_DOWN` (503), `DEPLOYMENT_SLOW` (504), and `CALLER_GONE` (499, which
 * only the log sees). An answer that breaks off after its head is cut off at the caller too, never completed.
 */
export const forward: Step = async (gateway, exchange) => {
  const { response } = exchange
  if (response.closed) throw callerGone()
  const gone = new AbortController()
  response.once('close', () => {
    // An error of the deployment's closes it as well; a close without one is the caller's.
    if (!response.writableFinished && !response.errored) gone.abort()
  })
  try {
    const answer = await send(gateway, exchange, gone.signal)
    if (answer.statusCode === 421) {
      // It moved between our look-up and the answer; the next one finds it.
      await answer.body.dump()
      throw deploymentDown(found(exchange, 'service'))
    }
    response.writeHead(answer.statusCode, responseHeaders(answer.headers, exchange))
    await pipeline(answer.body, response)
  } catch (cause) {
    throw gone.signal.aborted ? callerGone(cause) : sendError(found(exchange, 'service'), cause)
  }
}

async function send(
  gateway: Gateway,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { request } = exchange
  const deployment = found(exchange, 'deployment')
  const sendOnce = () =>
    gateway.upstream.request({
      origin: nextAddress(deployment),
      method: request.method as Dispatcher.HttpMethod,
      path: exchange.target,
      headers: requestHeaders(gateway, exchange),
      body: hasBody(request.headers) ? Readable.from(limitBody(request)) : null,
      headersTimeout: answerMaxMs,
      bodyTimeout: answerMaxMs,
      signal,
    })
  try {
    return await sendOnce()
  } catch (error) {
    // Refused before a byte was sent, body included: another copy may have it, whatever the method.
    if ((error as { code?: string }).code === 'ECONNREFUSED') return sendOnce()
    throw error
  }
}

const turns = new WeakMap<DirectoryDeployment, number>()

function nextAddress(deployment: DirectoryDeployment): string {
  const turn = turns.get(deployment) ?? 0
  turns.set(deployment, turn + 1)
  return deployment.addresses[turn % deployment.addresses.length] ?? ''
}

function hasBody(headers: Exchange['request']['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function sendError(service: string, cause: unknown): unknown {
  if (isTenantryError(cause)) return cause
  if ((cause as { code?: string }).code !== 'UND_ERR_HEADERS_TIMEOUT') return deploymentDown(service, cause)
  return new TenantryError('DEPLOYMENT_SLOW', `\`${service}\` did not answer within 30 s`, {
    status: 504,
    help: 'try again; the request may have been carried out',
    cause,
  })
}

/** The error for a caller that is not there any more, which only the log sees. */
export function callerGone(cause?: unknown): TenantryError {
  return new TenantryError('CALLER_GONE', 'the caller went away before it was answered', {
    status: 499,
    help: 'nothing is wrong here; see the caller’s own timeout',
    cause,
  })
}
