import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { answerError } from './answer-error.ts'
import { answerMalformed } from './answer-malformed.ts'
import type { Exchange, Gateway } from './exchange.ts'
import { pipeline } from './pipeline.ts'
import { readTrace } from './read-trace.ts'
import { readReceived } from './received-request.ts'
import { type Recorder, recordExchange } from './record-exchange.ts'

/**
 * The gateway's HTTP server: each request through the pipeline, one log line and one measurement each. Once it is being
 * closed it answers what is under way and keeps no connection for more.
 */
export function createGatewayServer(gateway: Gateway, recorder: Recorder): Server {
  const { log, meters, hops } = recorder
  const records = { ...recorder, config: gateway.config }
  const underWay = new WeakMap<Duplex, Exchange>()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
      atEnd: [],
    }
    const { socket } = request
    underWay.set(socket, exchange)
    response.once('close', () => {
      if (underWay.get(socket) === exchange) underWay.delete(socket)
    })
    let failure: unknown
    try {
      for (const { step } of pipeline) await step(gateway, exchange)
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

  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 10_000, requireHostHeader: false },
    (request, response) => {
      void serve(request, response)
    },
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answerMalformed(error, socket, underWay.get(socket))
    if (!answer) return
    const { requestId: request, status, code } = answer
    log.info({ request_id: request, status, code })
    hops?.add({ kind: 'gateway', ms: 0, request, method: '', status, code })
  })
  return server
}
