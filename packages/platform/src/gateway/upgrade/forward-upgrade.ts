import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { isTenantryError } from '@tenantry/context'
import { readApiKeySubject } from '@tenantry/routing'
import { callerGone } from '../caller-gone.ts'
import { type Exchange, found, type Gateway, type Step } from '../exchange.ts'
import { deploymentDown } from '../find-deployment.ts'
import { responseHeaders } from '../forwarded-headers.ts'
import { askDeployment, type DeploymentAnswer } from './ask-deployment.ts'
import type { CloseReason, OpenSocket } from './open-sockets.ts'
import { tunnel } from './tunnel.ts'

/**
 * Sends the handshake to the deployment. Once that has upgraded, and not before, bytes go both ways, and what the request held of its
 * tenant's limits is given back when the socket closes; its place at the deployment is given back at once. Any other answer is the
 * caller's, and closes its connection. Throws `DEPLOYMENT_DOWN` (503), `DEPLOYMENT_SLOW` (504), `HANDSHAKE_REFUSED` (502),
 * and `CALLER_GONE` (499), which only the log sees.
 */
export const forwardUpgrade: Step = async (gateway, exchange) => {
  const { response } = exchange
  if (response.closed) throw callerGone()
  const gone = new AbortController()
  const leave = () => {
    if (!response.writableFinished) gone.abort()
  }
  response.once('close', leave)
  try {
    const answered = await askDeployment(gateway, exchange, gone.signal)
    if (answered.upgraded) connect(gateway, exchange, answered.answer, answered.upgraded)
    else await passOn(exchange, answered.answer)
  } catch (cause) {
    if (gone.signal.aborted) throw callerGone(cause)
    throw isTenantryError(cause) ? cause : deploymentDown(found(exchange, 'service'), cause)
  } finally {
    response.off('close', leave)
  }
}

async function passOn(exchange: Exchange, answer: IncomingMessage): Promise<void> {
  const { response } = exchange
  if (answer.statusCode === 421) {
    answer.destroy()
    throw deploymentDown(found(exchange, 'service'))
  }
  response.writeHead(answer.statusCode ?? 502, responseHeaders(answer.headers, exchange))
  await pipeline(answer, response)
}

function connect(
  gateway: Gateway,
  exchange: Exchange,
  answer: IncomingMessage,
  { socket: deployment, head }: NonNullable<DeploymentAnswer['upgraded']>,
): void {
  const { response, request, atEnd, upgrade } = exchange
  const caller: Socket = request.socket
  response.writeHead(101, {
    ...responseHeaders(answer.headers, exchange),
    connection: 'upgrade',
    upgrade: 'websocket',
  })
  response.flushHeaders()
  response.detachSocket(caller)
  const sent = upgrade?.head ?? Buffer.alloc(0)
  if (sent.length > 0) caller.unshift(sent)
  if (head.length > 0) deployment.unshift(head)

  // What it holds for its tenant it holds while it is open; a place at the deployment is for requests.
  const held = atEnd.splice(0)
  exchange.leaveTurn?.()
  const before = { in: caller.bytesRead, out: caller.bytesWritten }
  let reason: CloseReason | undefined
  const open: OpenSocket = {
    tenant: found(exchange, 'tenant').id,
    apiKey: readApiKeySubject(found(exchange, 'claims').subject),
    service: found(exchange, 'service'),
    deployment: found(exchange, 'deployment'),
    openedAtMs: performance.now(),
    close(why) {
      reason ??= why
      for (const side of [caller, deployment]) side.destroy()
    },
  }
  gateway.sockets.add(open)
  const { socketIdleMs } = gateway.config.gateway.timeouts
  void tunnel([caller, deployment], { idleMs: socketIdleMs, onIdle: () => open.close('idle') }).then(() => {
    gateway.sockets.delete(open)
    for (const giveBack of held) giveBack()
    upgrade?.onClosed({
      reason,
      durationMs: performance.now() - open.openedAtMs,
      bytesIn: caller.bytesRead - before.in + sent.length,
      bytesOut: caller.bytesWritten - before.out,
    })
  })
}
