import type { IncomingMessage } from 'node:http'

/** A request as its caller sent it, whether it came here or to an ingress that asks about it. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Names and values in turn, each as it was sent. */
  readonly rawHeaders: readonly string[]
  /** The address of the connection that it came here by. */
  readonly peerAddress: string
}

/** What came to this server itself. */
export function readReceived({
  method = '',
  url = '',
  rawHeaders,
  socket,
}: IncomingMessage): ReceivedRequest {
  return { method, target: url, rawHeaders, peerAddress: socket.remoteAddress ?? '' }
}

/** Each value of a header, in its order; `name` is in lower case. */
export function headerValues({ rawHeaders }: Pick<ReceivedRequest, 'rawHeaders'>, name: string): string[] {
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '')
  }
  return values
}
