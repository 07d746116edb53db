import type { IncomingMessage, ServerResponse } from 'node:http'

/** How many bytes of a request's body came, and of its answer's went. */
export interface BodyCount {
  bytesIn: number
  bytesOut: number
}

type Push = (chunk: Buffer | null, encoding?: BufferEncoding) => boolean
type Write = (chunk: unknown, ...more: unknown[]) => unknown

/**
 * Counts the bodies of a request and its answer as they pass, whatever the host does with them; `onWritten` is called with each piece of the answer, before it goes. A request
 * without a body costs nothing.
 */
export function countBodies(
  request: IncomingMessage,
  response: ServerResponse,
  onWritten: () => void = () => undefined,
): BodyCount {
  // Of a body that came with its head, a part may be there already.
  const count: BodyCount = { bytesIn: request.readableLength, bytesOut: 0 }
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if ((length !== undefined && length !== '0') || encoding !== undefined) countPushed(request, count)
  countWritten(response, request.method === 'HEAD' ? { bytesIn: 0, bytesOut: 0 } : count, onWritten)
  return count
}

function countPushed(request: IncomingMessage, count: BodyCount): void {
  const push: Push = request.push
  request.push = (chunk, encoding) => {
    if (chunk !== null) count.bytesIn += chunk.length
    return push.call(request, chunk, encoding)
  }
}

// Node's own `end` does not go by `write`.
function countWritten(response: ServerResponse, count: BodyCount, onWritten: () => void): void {
  const { write, end } = response as unknown as { write: Write; end: Write }
  const add = (chunk: unknown, encoding: unknown) => {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return
    count.bytesOut += byteLength(chunk, encoding)
  }
  response.write = ((chunk: unknown, ...more: unknown[]) => {
    onWritten()
    add(chunk, more[0])
    return write.call(response, chunk, ...more)
  }) as ServerResponse['write']
  response.end = ((chunk: unknown, ...more: unknown[]) => {
    onWritten()
    add(chunk, more[0])
    return end.call(response, chunk, ...more)
  }) as ServerResponse['end']
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk !== 'string') return (chunk as Uint8Array).byteLength
  return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
}
