import type { IncomingMessage } from 'node:http'

/**
 * True for an upgrade to a WebSocket and to nothing else. Any other, such as `h2c`, is passed over, and the request answered as HTTP/1.1
 * (RFC 9110, 7.8): what a tunnel carries is not seen here, so nothing that could be requests may go through one.
 */
export function asksForWebSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.trim().toLowerCase() === 'websocket'
}
