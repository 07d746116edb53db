import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { TenantryError } from '@tenantry/context'
import { createAddressRanges, type IngressConfig } from '@tenantry/routing'
import { answerMalformed } from '../answer-malformed.ts'
import type { Exchange, Gateway } from '../exchange.ts'
import { readTrace } from '../read-trace.ts'
import { readReceived } from '../received-request.ts'
import { type Recorder, recordExchange } from '../record-exchange.ts'
import { allow } from './allow.ts'
import { deny } from './deny.ts'
import { type Ingress, ingressAt } from './ingress.ts'
import { steps } from './steps.ts'

/**
 * The endpoint that an ingress of others asks about each request, under a path of its kind (`/authz/nginx`, …). What the gateway would
 * forward is allowed, with the headers that the service needs, and all else is denied: also whoever asks from another address than
 * those of `from`, elsewhere, or not as its kind asks (`INGRESS_REFUSED`, 403).
 */
export function createIngressServer(
  gateway: Gateway,
  { from, ...recorder }: Pick<IngressConfig, 'from'> & Recorder,
): Server {
  const { log, meters, hops } = recorder
  const records = { ...recorder, config: gateway.config }
  const isIngress = createAddressRanges(from)

  async function decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!server.listening) response.shouldKeepAlive = false
    if (request.url === '/health' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
      return
    }
    const startedAtMs = performance.now()
    const ingress = isIngress(request.socket.remoteAddress ?? '') ? ingressAt(request.url ?? '') : undefined
    const asked = ingress?.read(request)
    const received = asked ?? readReceived(request)
    const end = meters.startRequest(received.method)
    const requestId = randomUUID()
    const trace = readTrace(received)
    const { target } = received
    const bytes = { bytesIn: 0, bytesOut: 0 }
    const exchange: Exchange = {
      ...{ request, response, received, target, requestId, trace },
      ...bytes,
      atEnd: [],
    }
    let failure: unknown
    try {
      if (!asked) throw ingressRefused()
      for (const { step } of steps) await step(gateway, exchange)
      allow(gateway, exchange)
    } catch (error) {
      failure = error
      deny(exchange, error, ingress)
    }
    // What it asks about may have a body; here is none of it.
    request.resume()
    end()
    record(exchange, failure, { ingress, startedAtMs })
  }

  function record(
    exchange: Exchange,
    failure: unknown,
    { ingress, startedAtMs }: { ingress: Ingress | undefined; startedAtMs: number },
  ): void {
    const durationMs = performance.now() - startedAtMs
    recordExchange(records, exchange, { failure, durationMs, ingress: ingress?.name ?? 'none' })
  }

  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, requireHostHeader: false },
    (request, response) => {
      void decide(request, response)
    },
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answerMalformed(error, socket, undefined)
    if (!answer) return
    const { requestId: request, status, code } = answer
    log.info({ request_id: request, ingress: 'none', status, code })
    hops?.add({ kind: 'gateway', ms: 0, request, ingress: 'none', method: '', status, code })
  })
  return server
}

function ingressRefused(): TenantryError {
  return new TenantryError('INGRESS_REFUSED', 'no ingress asks so', {
    status: 403,
    help: 'see docs/operating/ingress.md for what an ingress sends where, and `ingress.from` for its address',
  })
}
