import { setTimeout as sleep } from 'node:timers/promises'
import { errorAnswer } from '@tenantry/context'
import type { Exchange } from './exchange.ts'

const lingerMs = 1_000

/**
 * Answers `{code, message, request_id}`, or cuts off an answer that has begun. A caller that is still sending gets a
 * second to see the answer: to close a connection at once resets it, and takes the answer along.
 */
export async function answerError(
  { request, response, requestId }: Exchange,
  error: unknown,
  draining: boolean,
): Promise<void> {
  const { status, body } = errorAnswer(error, requestId)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const text = JSON.stringify(body)
  const unread = !request.complete
  if (unread || draining) response.shouldKeepAlive = false
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  if (status === 503) response.setHeader('retry-after', '1')
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-request-id': requestId,
  })
  request.resume()
  if (!unread || request.destroyed) {
    response.end(request.method === 'HEAD' ? undefined : text)
    return
  }
  response.write(text)
  const done = new AbortController()
  request.once('close', () => done.abort()).once('end', () => done.abort())
  await sleep(lingerMs, undefined, { signal: done.signal }).catch(() => undefined)
  response.end()
}
