import { Readable } from 'node:stream'
import { isTenantryError, TenantryError } from '@tenantry/context'
import type { DirectoryDeployment } from '@tenantry/routing'
import type { Dispatcher } from 'undici'
import { limitBody } from './body-limit.ts'
import { type Exchange, found, type Step } from './exchange.ts'
import { deploymentDown } from './find-deployment.ts'
import { requestHeaders } from './forwarded-headers.ts'
import { passAnswer } from './pass-answer.ts'

/**
 * Sends the request to the deployment and its answer back, both as they stream; when one side goes away, the other is
 * told. Throws `BODY_TOO_LARGE` (413), `DEPLOYMENT_DOWN` (503), `DEPLOYMENT_SLOW` (504), and `CALLER_GONE` (499, which
 * only the log sees). An answer that breaks off after its head is cut off at the caller too, never completed.
 */
export const forward: Step = async (gateway, exchange) => {
  const { request, response } = exchange
  const service = found(exchange, 'service')
  const deployment = found(exchange, 'deployment')
  const { answerMs } = gateway.config.gateway.timeouts
  const countIn = (bytes: number) => {
    exchange.bytesIn += bytes
  }
  const sendOnce = () =>
    passAnswer(gateway.upstream, exchange, {
      origin: nextAddress(deployment),
      method: request.method as Dispatcher.HttpMethod,
      path: exchange.target,
      headers: requestHeaders(gateway, exchange),
      body: hasBody(request.headers) ? Readable.from(limitBody(request, countIn)) : null,
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
    })
  try {
    await sendOnce().catch((error: { code?: string }) => {
      // Refused before a byte was sent, body included: another copy may have it, whatever the method.
      if (error.code === 'ECONNREFUSED' && !response.closed) return sendOnce()
      throw error
    })
  } catch (cause) {
    throw sendError(service, cause, answerMs)
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

function sendError(service: string, cause: unknown, answerMs: number): unknown {
  if (isTenantryError(cause)) return cause
  if ((cause as { code?: string }).code !== 'UND_ERR_HEADERS_TIMEOUT') return deploymentDown(service, cause)
  return new TenantryError('DEPLOYMENT_SLOW', `\`${service}\` did not answer within ${answerMs / 1000} s`, {
    status: 504,
    help: 'try again; the request may have been carried out',
    cause,
  })
}
