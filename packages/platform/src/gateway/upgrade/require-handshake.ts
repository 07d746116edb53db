import { TenantryError } from '@tenantry/context'
import { found, type Step } from '../exchange.ts'
import { headerValues } from '../received-request.ts'

/** The version of the protocol, the only one there is (RFC 6455, 4.4). */
const version = '13'

/**
 * Refuses what is no opening handshake of a WebSocket (RFC 6455, 4.2.1). A request with a body is none: what follows its head would be
 * read as the body by one program and as frames by another. Throws `HANDSHAKE_MALFORMED` (400), or `WEBSOCKET_VERSION` (426).
 */
export const requireHandshake: Step = (_gateway, exchange) => {
  const { request, received, response } = exchange
  const values = (name: string) => headerValues(received, name)
  if (received.method !== 'GET' || request.httpVersion !== '1.1')
    throw malformed('a WebSocket is asked for by `GET` and HTTP/1.1')
  if (values('transfer-encoding').length > 0 || values('content-length').some((length) => length !== '0'))
    throw malformed('a request for a WebSocket has no body')
  const [key = '', ...more] = values('sec-websocket-key')
  if (more.length > 0 || !/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key))
    throw malformed('`sec-websocket-key` is not 16 bytes in base64, once')
  if (values('sec-websocket-version').join() === version) return
  response.setHeader('sec-websocket-version', version)
  throw new TenantryError('WEBSOCKET_VERSION', `only version ${version} of WebSockets is there`, {
    status: 426,
    help: `send \`Sec-WebSocket-Version: ${version}\``,
  })
}

function malformed(fact: string): TenantryError {
  return new TenantryError('HANDSHAKE_MALFORMED', fact, {
    status: 400,
    help: 'see RFC 6455, 4.1; a library for WebSockets does this',
  })
}

/** The key of the handshake, which the deployment's answer has to prove that it read. */
export function handshakeKey(exchange: Parameters<Step>[1]): string {
  return headerValues(found(exchange, 'received'), 'sec-websocket-key')[0] ?? ''
}
