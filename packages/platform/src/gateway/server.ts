import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { continueTrace, readTraceContext, type TraceContext } from '@tenantry/context'
import type { Meters } from '@tenantry/metrics'
import type { Logger } from 'pino'
import { answerError } from './answer-error.ts'
import { answerMalformed } from './answer-malformed.ts'
import { describeFailure } from './describe-failure.ts'
import type { Exchange, Gateway } from './exchange.ts'
import { pipeline } from './pipeline.ts'

/**
 * The gateway's HTTP server: each request through the pipeline, one log line and one measurement each. Once it is being
 * closed it answers what is under way and keeps no connection for more.
 */
export function createGatewayServer(
  gateway: Gateway,
  { log, meters }: { log: Logger; meters: Pick<Meters, 'startRequest' | 'recordRequest'> },
): Server {
  const underWay = new WeakMap<Duplex, Exchange>()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!server.listening) response.shouldKeepAlive = false
    if (request.url === '/health' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
      return
    }
    const startedAtMs = performance.now()
    const end = meters.startRequest(request.method ?? '')
    const exchange: Exchange = { request, response, requestId: randomUUID(), trace: traceOf(request) }
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
    }
    end()
    record(exchange, failure, performance.now() - startedAtMs)
  }

  function record(exchange: Exchange, failure: unknown, durationMs: number): void {
    const { request, response, requestId, trace, tenant, service, deployment } = exchange
    meters.recordRequest({
      tenant,
      method: request.method ?? '',
      route: service ?? 'none',
      status: response.statusCode,
      durationS: durationMs / 1000,
    })
    log.info({
      request_id: requestId,
      trace_id: trace.traceId,
      tenant: tenant?.id,
      tier: tenant?.tier,
      service,
      deployment: deployment?.id,
      method: request.method,
      status: response.statusCode,
      ms: Math.round(durationMs * 10) / 10,
      ...describeFailure(failure),
    })
  }

  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 10_000, requireHostHeader: false },
    (request, response) => {
      void serve(request, response)
    },
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answerMalformed(error, socket, underWay.get(socket))
    if (answer) log.info({ request_id: answer.requestId, status: answer.status, code: answer.code })
  })
  return server
}

function traceOf({ headersDistinct }: IncomingMessage): TraceContext {
  const { traceparent = [], tracestate = [] } = headersDistinct
  return continueTrace(readTraceContext(traceparent, tracestate))
}
