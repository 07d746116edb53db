import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { errorAnswer, isTenantryError } from '@tenantry/context'
import type { Meters } from '@tenantry/metrics'
import type { Logger } from 'pino'
import type { Exchange, Gateway } from './exchange.ts'
import { pipeline } from './pipeline.ts'

/** The gateway's HTTP server: each request through the pipeline, one log line and one measurement each. */
export function createGatewayServer(
  gateway: Gateway,
  { log, meters }: { log: Logger; meters: Meters },
): Server {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/health' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
      return
    }
    const startedAtMs = performance.now()
    const exchange: Exchange = { request, response, requestId: randomUUID() }
    let failure: unknown
    try {
      for (const { step } of pipeline) await step(gateway, exchange)
    } catch (error) {
      failure = error
      answerError(exchange, error)
    }
    record(exchange, failure, performance.now() - startedAtMs)
  }

  function record(exchange: Exchange, failure: unknown, durationMs: number): void {
    const { request, response, requestId, tenant, service, deployment } = exchange
    const known = isTenantryError(failure) ? failure : undefined
    meters.recordRequest({
      tenant,
      method: request.method ?? '',
      route: service ?? 'none',
      status: response.statusCode,
      durationS: durationMs / 1000,
    })
    log.info({
      request_id: requestId,
      tenant: tenant?.id,
      tier: tenant?.tier,
      service,
      deployment: deployment?.id,
      method: request.method,
      status: response.statusCode,
      ms: Math.round(durationMs * 10) / 10,
      code: known?.code,
      // What went wrong inside; an answer says no more than its code.
      cause: failure === undefined ? undefined : (known?.cause ?? (known ? undefined : failure)),
    })
  }

  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 10_000, requireHostHeader: false },
    (request, response) => {
      void serve(request, response)
    },
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    const body = JSON.stringify({
      code: 'REQUEST_MALFORMED',
      message: 'this is not HTTP/1.1',
      request_id: randomUUID(),
    })
    socket.end(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  })
  return server
}

function answerError({ request, response, requestId }: Exchange, error: unknown): void {
  const { status, body } = errorAnswer(error, requestId)
  if (response.headersSent) {
    response.destroy()
    return
  }
  // What is left of the body is read and dropped, so that the answer reaches a client that is still sending.
  if (!request.complete) response.setHeader('connection', 'close')
  request.resume()
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  if (status === 503) response.setHeader('retry-after', '1')
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': requestId })
  response.end(JSON.stringify(body))
}
