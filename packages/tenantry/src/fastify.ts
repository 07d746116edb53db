/**
 * The Fastify adapter.
 * @module
 */
import { errorAnswer, isTenantryError, Scope, TenantryError, transactionTokenHeader } from '@tenantry/context'
import { acceptEvent, handleOnce, type ReceivedEvent, readEventFromHttp } from '@tenantry/propagation'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Pool, Queryable } from './pg.ts'
import { type Runtime, requireRuntime } from './runtime.ts'
import { stopWithPlatform } from './stop-with-platform.ts'

/** What the adapter is registered with. */
export interface TenantryOptions {
  /** Where events are handled: the inbox row and the effect commit together. Needed for `onEvent`. */
  readonly db?: Pool
}

/** Handles one event. It commits when the handler settles; when it rejects, the event is delivered again. */
export type EventHandler = (event: ReceivedEvent, transaction: Queryable) => unknown

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Handles the events of a type that this service declares in `subscribes`, each with the effect of once. Calls to
     * other services may be made again when a delivery is repeated. Throws `EVENT_UNDECLARED`.
     */
    onEvent(type: string, handler: EventHandler): void
  }
}

const eventsPath = '/.tenantry/events'

/**
 * Makes a Fastify service multi-tenant: every request needs exactly one valid transaction token (401 otherwise) and
 * is handled in the scope of its tenant; a silo refuses other tenants (421). It takes deliveries for `onEvent`, counts
 * requests, answers errors with code, message and request id, and ends with the platform.
 */
export const tenantry: FastifyPluginAsync<TenantryOptions> = async (app, { db }) => {
  const runtime = requireRuntime()
  const scopes = new WeakMap<FastifyRequest, Scope>()

  app.addHook('onRequest', async (request, reply) => {
    // A caller may be gone before its token is verified; the answer's end is listened for from the start.
    let scope: Scope | undefined
    let ended = false
    reply.raw.once('close', () => {
      ended = true
      scope?.close()
    })
    scope = new Scope(await authenticate(runtime, request))
    if (ended) scope.close()
    scopes.set(request, scope)
  })
  // A body is parsed in the socket's context: the scope is entered again once it is there.
  app.addHook('preValidation', (request, _reply, done) => {
    const scope = scopes.get(request)
    if (scope) scope.run(done)
    else done()
  })
  // INVARIANT: a handler runs in its own request's scope, also when a hook before it called back from another's.
  app.addHook('onRoute', (route) => {
    const { handler } = route
    route.handler = function (request, reply) {
      const scope = scopes.get(request)
      const work = () => handler.call(this, request, reply)
      return scope ? scope.run(work) : work()
    }
  })
  app.addHook('onResponse', async (request, reply) => {
    runtime.meters.recordRequest({
      tenant: scopes.get(request)?.context.tenant,
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationS: reply.elapsedTime / 1000,
    })
  })
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, scopes.get(request)))
  app.addHook('onListen', async () => {
    process.send?.({ type: 'ready' })
  })
  stopWithPlatform(() => app.close())
  await takeEvents(app, runtime, db)
}

// Fastify's own mark for a plugin whose hooks are for the whole service.
Object.assign(tenantry, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'tenantry',
})

async function authenticate({ verifier, document }: Runtime, request: FastifyRequest) {
  const tokens = readTokens(request.raw.rawHeaders)
  const [token] = tokens
  if (!token || tokens.length > 1) {
    throw new TenantryError('TOKEN_MISSING', 'exactly one transaction token is needed', {
      status: 401,
      help: 'call this service through the gateway, or from a service that declares the call',
    })
  }
  const context = await verifier.verify(token)
  // INVARIANT: a silo serves one tenant, whoever sends the request and however it got here.
  if (document.tenant !== null && document.tenant !== context.tenant.id) {
    throw new TenantryError('ROUTING_MISDIRECTED', 'this deployment does not serve the tenant', {
      status: 421,
      help: 'ask the directory again where the tenant is served',
    })
  }
  return context
}

/** Every transaction token as it was sent: Node joins or drops duplicates elsewhere, and `inject` has only these. */
function readTokens(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === transactionTokenHeader,
  )
}

async function takeEvents(
  app: FastifyInstance,
  { document, meters }: Runtime,
  db: Pool | undefined,
): Promise<void> {
  const handlers = new Map<string, EventHandler>()
  app.decorate('onEvent', (type: string, handler: EventHandler) => {
    if (!db || !document.subscribes.includes(type)) {
      throw new TenantryError('EVENT_UNDECLARED', `\`${document.service}\` cannot handle \`${type}\``, {
        help: 'declare the type in `subscribes` of tenantry.config.ts, and register the adapter with `db`',
      })
    }
    handlers.set(type, handler)
  })
  if (!db) return

  await app.register(async (deliveries) => {
    // The digest that the token vouches for is over the data's bytes, before anything has parsed them.
    deliveries.removeAllContentTypeParsers()
    deliveries.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    deliveries.post<{ Body: Buffer | undefined }>(eventsPath, async (request, reply) => {
      const event = acceptEvent(readEventFromHttp(request.headers, request.body ?? ''))
      const handler = handlers.get(event.type)
      if (!handler) {
        throw new TenantryError('EVENT_UNHANDLED', `there is no handler for \`${event.type}\``, {
          status: 404,
          help: 'add one with `onEvent`, or take the type out of `subscribes`',
        })
      }
      const outcome = await handleOnce(db, event, (received, transaction) =>
        handler(received, transaction as Queryable),
      )
      if (outcome === 'handled') meters.recordEvent('delivered', event.type, undefined)
      return reply.status(204).send()
    })
  })
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  scope: Scope | undefined,
): void {
  const { statusCode, cause } = (error ?? {}) as { statusCode?: number; cause?: unknown }
  // `fetch` wraps what the platform says of a call, such as that a deployment is down.
  const told = !isTenantryError(error) && isTenantryError(cause) ? cause : error
  if (!isTenantryError(told) && statusCode !== undefined && statusCode < 500) {
    // What the service or Fastify itself answers, such as 400 for bad JSON, stays as it is.
    reply.send(error)
    return
  }
  const { status, body } = errorAnswer(told, scope?.context.requestId ?? request.id)
  // A status of the service's own, such as 503, stays; its message may say what only operators should know.
  const answered = isTenantryError(told) ? status : (statusCode ?? status)
  if (answered >= 500) request.log.error({ err: error, request_id: body.request_id }, 'request failed')
  reply.status(answered).send(body)
}
