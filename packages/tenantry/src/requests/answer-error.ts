import type { ServerResponse } from 'node:http'
import { type ErrorAnswer, errorAnswer, isTenantryError } from '@tenantry/context'
import { noteFailure } from '../runtime/record-hops.ts'

/** What a caller is told of a failure. */
export interface FailureAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ErrorAnswer
}

/**
 * What a caller may know of `error`: the code and message of an error of the platform, and nothing of any other.
 * `undefined` when the service or its framework refuses the request itself, such as 400 for bad JSON: that stays as
 * it is. `ownStatus` is the status that the framework reads from an error; its `statusCode` unless given.
 */
export function readFailure(
  error: unknown,
  requestId: string,
  ownStatus: number | undefined = (error as { statusCode?: number } | null | undefined)?.statusCode,
): FailureAnswer | undefined {
  const { cause } = (error ?? {}) as { cause?: unknown }
  // `fetch` wraps what the platform says of a call, such as that a deployment is down.
  const told = !isTenantryError(error) && isTenantryError(cause) ? cause : error
  if (isTenantryError(told)) return errorAnswer(told, requestId)
  if (ownStatus !== undefined && ownStatus < 500) return undefined
  const { status, headers, body } = errorAnswer(told, requestId)
  // A status of the service's own, such as 503, stays; its message may say what only operators should know.
  return { status: ownStatus ?? status, headers, body }
}

/**
 * Answers an error that no framework answers: as `readFailure` says, or with the status and message that the service gave
 * it. An answer that has begun is cut off instead, so that nobody takes it for the whole.
 */
export function answerError(response: ServerResponse, error: unknown, requestId: string): void {
  const failure = readFailure(error, requestId)
  noteFailure(response.req, failure?.body.code)
  if (failure && failure.status >= 500) reportFailure(error, requestId)
  const { status, headers, body } = failure ?? ownAnswer(error)
  if (response.headersSent) {
    response.destroy()
    return
  }
  // What is left of the body goes by, so that the connection's next request comes through.
  response.once('finish', () => response.req.resume())
  for (const name of headersOfTheAnswer) response.removeHeader(name)
  const bytes = Buffer.from(JSON.stringify(body))
  // Told by hand: where a length was taken away, Node would close the connection to mark the end.
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
  })
  response.end(bytes)
}

/** What a service may have said of the answer that it did not give; what it says of the caller, such as CORS, stays. */
const headersOfTheAnswer = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-range',
  'etag',
  'last-modified',
  'transfer-encoding',
]

function ownAnswer(error: unknown): { status: number; headers: object; body: object } {
  const { statusCode, message } = error as { statusCode: number; message: unknown }
  return { status: statusCode, headers: {}, body: { message } }
}

/** Tells operators what callers are not told. */
export function reportFailure(error: unknown, requestId: string): void {
  console.error('request failed', { request_id: requestId, error })
}
