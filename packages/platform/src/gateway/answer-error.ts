import { setTimeout as sleep } from 'node:timers/promises'
import { errorAnswer } from '@tenantry/context'
import type { Exchange } from './exchange.ts'

const lingerMs = 1_000

/** Answers `{code, message, request_id}`, or cuts off an answer that has begun: a caller must not take it for whole. */
export function answerError(exchange: Exchange, error: unknown, shownStatus?: number): void {
  const { request, response, requestId } = exchange
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, headers, body } = errorAnswer(error, requestId)
  const text = JSON.stringify(body)
  if (!request.complete) response.shouldKeepAlive = false
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  response.writeHead(shownStatus ?? status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-request-id': requestId,
  })
  response.write(text)
  exchange.bytesOut += Buffer.byteLength(text)
  void endWhenRead({ request, response })
}

/**
 * What is left of the body is read and dropped for a second. To close at once on a caller that is still sending would
 * reset the connection, and the caller would never see its answer.
 */
async function endWhenRead({ request, response }: Pick<Exchange, 'request' | 'response'>): Promise<void> {
  if (!request.complete && !request.destroyed) {
    const read = new AbortController()
    request.once('end', () => read.abort()).once('close', () => read.abort())
    request.resume()
    await sleep(lingerMs, undefined, { signal: read.signal }).catch(() => undefined)
  }
  response.end()
}
