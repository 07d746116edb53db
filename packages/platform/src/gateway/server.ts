import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerError } from './answer-error.ts'
import { answerMalformed } from './answer-malformed.ts'
import type { Exchange, Gateway } from './exchange.ts'
import { pipeline } from './pipeline.ts'
import { readTrace } from './read-trace.ts'
import { readReceived } from './received-request.ts'
import { type Recorder, recordExchange } from './record-exchange.ts'
import { recordSocket } from './record-socket.ts'
import type { Certificate } from './tls/certificate.ts'
import { tlsOptions } from './tls/tls-options.ts'
import { answerOnSocket } from './upgrade/answer-on-socket.ts'
import { asksForWebSocket } from './upgrade/asks-for-web-socket.ts'
import { upgradeSteps } from './upgrade/steps.ts'

/**
 * The gateway's HTTP server: each request through the pipeline, one log line and one measurement each. Once it is being
 * closed it answers what is under way and keeps no connection for more. With a certificate it speaks TLS and nothing else.
 */
export function createGatewayServer(
  gateway: Gateway,
  { certificate, ...recorder }: Recorder & { certificate?: Certificate | undefined },
): Server {
  const { log, meters, hops } = recorder
  const records = { ...recorder, config: gateway.config }
  const underWay = new Map<Duplex, Exchange>()

  async function serve(request: IncomingMessage, response: ServerResponse, head?: Buffer): Promise<void> {
    if (!server.listening) response.shouldKeepAlive = false
    if (request.url === '/health' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
      return
    }
    const startedAtMs = performance.now()
    const end = meters.startRequest(request.method ?? '')
    const received = readReceived(request)
    const exchange: Exchange = {
      request,
      response,
      received,
      target: received.target,
      requestId: randomUUID(),
      trace: readTrace(received),
      ...{ bytesIn: 0, bytesOut: 0 },
      atEnd: [],
      upgrade: head && { head, onClosed: (end) => recordSocket(recorder, exchange, end) },
    }
    const { socket } = request
    if (!head) {
      underWay.set(socket, exchange)
      response.once('close', () => {
        if (underWay.get(socket) === exchange) underWay.delete(socket)
      })
    }
    let failure: unknown
    try {
      for (const { step } of head ? upgradeSteps : pipeline) await step(gateway, exchange)
    } catch (error) {
      failure = error
      answerError(exchange, error)
    } finally {
      for (const giveBack of exchange.atEnd) giveBack()
    }
    end()
    const durationMs = performance.now() - startedAtMs
    recordExchange(records, exchange, { failure, durationMs })
  }

  const { timeouts } = gateway.config.gateway
  const options = {
    requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headersMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    requireHostHeader: false,
    shouldUpgradeCallback: asksForWebSocket,
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => void serve(request, response)
  const server = certificate
    ? createSecureServer({ ...options, ...tlsOptions, ...certificate }, listener)
    : createServer(options, listener)
  // What does not come to speak TLS can be told nothing.
  server.prependListener('tlsClientError', (_error: Error, socket: Duplex) => socket.destroy())
  server.on('stopping', () => {
    for (const { response } of underWay.values()) response.shouldKeepAlive = false
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void serve(request, answerOnSocket(request, socket), head)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answerMalformed(error, socket, underWay.get(socket))
    if (!answer) return
    const { requestId: request, status, code } = answer
    log.info({ request_id: request, status, code })
    hops?.add({ kind: 'gateway', ms: 0, request, method: '', status, code })
  })
  return server
}
