import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { TenantryError } from '@tenantry/context'
import { eventDataBytesMax } from '@tenantry/propagation'
import type { Runtime } from '../runtime/runtime.ts'
import { answerError } from './answer-error.ts'
import { type EventHandlers, eventsPath } from './event-handlers.ts'
import { openRequestScope, requestIdOf } from './open-request-scope.ts'
import { recordRequest } from './record-request.ts'

/** A service on a host whose requests come from `node:http`. */
export interface ServedService {
  readonly runtime: Runtime
  readonly events: EventHandlers
  /** Answers a request; what it throws or rejects with is answered by `answerError`. */
  readonly listener: (request: IncomingMessage, response: ServerResponse) => unknown
  /** The pattern of the route that took the request, never its path: a client chooses paths. */
  readonly routeOf?: (request: IncomingMessage) => string | undefined
}

/**
 * Makes a listener multi-tenant: each request is authenticated before anything of the service or its framework sees
 * it, handled in its scope, and counted. Deliveries of events go to their handlers.
 */
export function serveInScope(service: ServedService): RequestListener {
  return (request, response) => void serve(service, request, response)
}

async function serve(
  { runtime, events, listener, routeOf }: ServedService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAtMs = performance.now()
  response.once('close', () => {
    recordRequest(runtime, {
      request,
      route: routeOf?.(request) ?? 'none',
      status: response.statusCode,
      durationS: (performance.now() - startedAtMs) / 1000,
    })
  })
  try {
    const run = await openRequestScope(runtime, request, response)
    await run(() =>
      events.takesDeliveries && isDelivery(request)
        ? takeDelivery(events, request, response)
        : listener(request, response),
    )
  } catch (error) {
    answerError(response, error, requestIdOf(request))
  }
}

const isDelivery = ({ method, url }: IncomingMessage) =>
  method === 'POST' && url?.split('?', 1)[0] === eventsPath

async function takeDelivery(
  events: EventHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await events.handle(request.headers, await readBody(request))
  response.writeHead(204).end()
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  // What is too large is answered; the caller's connection stays.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > eventDataBytesMax) {
      throw new TenantryError('EVENT_MALFORMED', 'event refused: `data` is too large', {
        status: 400,
        help: `emit events of at most ${eventDataBytesMax} bytes`,
      })
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}
