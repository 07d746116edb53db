import { createHash } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { TenantryError } from '@tenantry/context'
import { type Exchange, found, type Gateway } from '../exchange.ts'
import { deploymentDown } from '../find-deployment.ts'
import { requestHeaders } from '../forwarded-headers.ts'
import { asksForWebSocket } from './asks-for-web-socket.ts'
import { handshakeKey } from './require-handshake.ts'

/** What the deployment says: it upgraded, and this is its socket with what it sent ahead, or another answer. */
export interface DeploymentAnswer {
  readonly answer: IncomingMessage
  readonly upgraded?: { readonly socket: Socket; readonly head: Buffer }
}

// RFC 6455, 1.3.
const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Sends the handshake to a copy of the deployment, on a connection of its own that carries nothing else before or after. A copy that
 * refuses the connection was sent nothing, so another is asked. Throws `DEPLOYMENT_DOWN` (503), `DEPLOYMENT_SLOW` (504), or
 * `HANDSHAKE_REFUSED` (502) for a 101 that does not prove that it is one to this handshake.
 */
export async function askDeployment(
  gateway: Gateway,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<DeploymentAnswer> {
  const service = found(exchange, 'service')
  const { addresses } = found(exchange, 'deployment')
  const first = Math.floor(Math.random() * addresses.length)
  for (let tried = 0; ; tried++) {
    const address = addresses[(first + tried) % addresses.length] ?? ''
    try {
      const answered = await ask(gateway, exchange, { address, signal })
      if (answered.upgraded && !provesHandshake(answered.answer, handshakeKey(exchange))) {
        answered.upgraded.socket.destroy()
        throw handshakeRefused(service)
      }
      return answered
    } catch (cause) {
      if (cause instanceof TenantryError) throw cause
      const refused = (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED'
      if (!refused || tried + 1 >= addresses.length) throw deploymentDown(service, cause)
    }
  }
}

function ask(
  gateway: Gateway,
  exchange: Exchange,
  { address, signal }: { address: string; signal: AbortSignal },
): Promise<DeploymentAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DeploymentAnswer>()
  const { hostname, port, host } = new URL(address)
  const { answerMs } = gateway.config.gateway.timeouts
  const headers = [
    ...['host', host, 'connection', 'upgrade', 'upgrade', 'websocket'],
    ...requestHeaders(gateway, exchange),
  ]
  const asked = request({ hostname, port, path: exchange.target, headers, agent: false, signal })
  const slow = setTimeout(() => {
    reject(deploymentSlow(found(exchange, 'service'), answerMs))
    asked.destroy()
  }, answerMs)
  asked.once('close', () => clearTimeout(slow))
  asked.once('error', reject)
  asked.once('response', (answer: IncomingMessage) => {
    clearTimeout(slow)
    // One that falls silent in the middle is ended as any other.
    asked.setTimeout(answerMs, () => asked.destroy())
    resolve({ answer })
  })
  asked.once('upgrade', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
    clearTimeout(slow)
    socket.on('error', () => socket.destroy())
    resolve({ answer, upgraded: { socket, head } })
  })
  asked.end()
  return promise
}

// INVARIANT: bytes go through unread only between two sides that both know them for a WebSocket's.
function provesHandshake({ statusCode, headers }: IncomingMessage, key: string): boolean {
  const accept = createHash('sha1').update(`${key}${handshakeGuid}`).digest('base64')
  return statusCode === 101 && asksForWebSocket({ headers }) && headers['sec-websocket-accept'] === accept
}

function handshakeRefused(service: string): TenantryError {
  return new TenantryError('HANDSHAKE_REFUSED', `\`${service}\` does not speak as a WebSocket does`, {
    status: 502,
    help: 'its 101 needs `Upgrade: websocket` and the `Sec-WebSocket-Accept` of RFC 6455, 4.2.2',
  })
}

function deploymentSlow(service: string, ms: number): TenantryError {
  return new TenantryError('DEPLOYMENT_SLOW', `\`${service}\` did not answer within ${ms / 1000} s`, {
    status: 504,
    help: 'try again',
  })
}
