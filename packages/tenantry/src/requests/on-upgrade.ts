import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorAnswer } from '@tenantry/context'
import type { Admission } from '../runtime/admission.ts'
import { requireRuntime } from '../runtime/require-runtime.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { admit } from './admit.ts'
import { reportFailure } from './answer-error.ts'
import { keepIn } from './keep-in-scope.ts'

/** Takes an upgraded socket; `head` is what the caller sent ahead. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown

/**
 * Takes the upgrades of `server`, such as WebSockets. Each needs exactly one valid transaction token; without one the
 * socket is answered as a request would be (401, 421), and closed. `handler` and every later event of the socket run in
 * the scope of the token's tenant, which stays open until the socket closes. What `handler` throws closes the socket.
 *
 * A library that queues the work of several sockets, as `ws` does with `perMessageDeflate`, calls back in any of their
 * scopes: see `keepInScope`.
 *
 * @example
 * const sockets = new WebSocketServer({ noServer: true })
 * onUpgrade(service.server, (request, socket, head) => {
 *   sockets.handleUpgrade(request, socket, head, (webSocket) => {
 *     webSocket.on('message', (text) => db.query('insert into notes (text) values ($1)', [text]))
 *   })
 * })
 */
export function onUpgrade(server: Pick<Server, 'on'>, handler: UpgradeHandler): void {
  const runtime = requireRuntime()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void serveUpgrade(runtime, handler, request, socket, head)
  })
}

/** Admits one upgrade and gives its socket to `handler`, as `onUpgrade` says. */
export async function serveUpgrade(
  runtime: Runtime,
  handler: UpgradeHandler,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  // Node no longer listens for the socket's errors: one without a listener would end the process.
  socket.on('error', () => socket.destroy())
  let admission: Admission | undefined
  socket.once('close', () => admission?.scope?.close())
  try {
    admission = await admit(runtime, request)
    const { run, scope } = admission
    if (socket.destroyed) {
      scope?.close()
      return
    }
    // INVARIANT: what a socket brings is handled in the scope that its upgrade opened, and in no other.
    keepIn(run, socket)
    await run(() => handler(request, socket, head))
  } catch (error) {
    const requestId = admission?.scope?.context.requestId ?? randomUUID()
    const { status, body } = errorAnswer(error, requestId)
    if (status >= 500) reportFailure(error, requestId)
    // A handler may have answered already: only what was refused before it is told why.
    if (admission) socket.destroy()
    else refuse(socket, status, JSON.stringify(body))
  }
}

function refuse(socket: Duplex, status: number, body: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
