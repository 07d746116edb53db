import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

const answers: Record<string, readonly [status: string, code: string, message: string]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'HEADERS_TOO_LARGE',
    'the headers are larger than 16 KiB',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'REQUEST_SLOW', 'the request did not arrive in time'],
}

/** What is sent for bytes that are no request, and what the log keeps of it. */
export interface MalformedAnswer {
  readonly requestId: string
  readonly status: number
  readonly code: string
}

/**
 * Answers what Node could not read as HTTP/1.1 and closes the connection. While an answer is under way nothing can be
 * said without standing in the middle of it, or in its place: then the connection is only closed.
 */
export function answerMalformed(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  underWay: { request: IncomingMessage; response: ServerResponse } | undefined,
): MalformedAnswer | undefined {
  const ownBody = underWay && !underWay.request.complete && !underWay.response.headersSent
  if (!socket.writable || (underWay && !ownBody)) {
    socket.destroy()
    return undefined
  }
  const [status, code, message] = answers[error.code ?? ''] ?? [
    '400 Bad Request',
    'REQUEST_MALFORMED',
    'this is not HTTP/1.1',
  ]
  const requestId = randomUUID()
  const body = JSON.stringify({ code, message, request_id: requestId })
  const head = [
    `HTTP/1.1 ${status}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-request-id: ${requestId}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
  return { requestId, status: Number.parseInt(status, 10), code }
}
