/**
 * The Fastify adapter.
 * @module
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { readFailure } from './requests/answer-error.ts'
import { type EventHandler, EventHandlers, type TenantryOptions } from './requests/event-handlers.ts'
import { addScopeHooks, forWholeService } from './requests/fastify-hooks.ts'
import { scopeOf } from './requests/open-request-scope.ts'
import { noteFailure } from './runtime/record-hops.ts'
import { requireRuntime } from './runtime/require-runtime.ts'
import { stopWithPlatform } from './runtime/stop-with-platform.ts'

export type { EventHandler, TenantryOptions } from './requests/event-handlers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Handles the events of a type that this service declares in `subscribes`, each with the effect of once. Calls to
     * other services may be made again when a delivery is repeated. Throws `EVENT_UNDECLARED`.
     */
    onEvent(type: string, handler: EventHandler): void
  }
}

/**
 * Makes a Fastify service multi-tenant: every request needs exactly one valid transaction token (401 otherwise) and
 * is handled in the scope of its tenant; a silo refuses other tenants (421). It takes deliveries for `onEvent`, counts
 * requests, answers errors with code, message and request id, and ends with the platform.
 */
export const tenantry: FastifyPluginAsync<TenantryOptions> = async (app, options) => {
  const runtime = requireRuntime()
  const events = new EventHandlers(runtime, options)
  app.decorate('onEvent', (type: string, handler: EventHandler) => events.add(type, handler))
  app.setErrorHandler(answerError)
  app.addHook('onListen', async () => {
    process.send?.({ type: 'ready' })
  })
  stopWithPlatform(() => app.close())
  await addScopeHooks(app, runtime, events)
}

forWholeService(tenantry)

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const scope = scopeOf(request.raw)
  const failure = readFailure(error, scope?.context.requestId ?? request.id)
  noteFailure(request.raw, failure?.body.code)
  if (!failure) {
    reply.send(error)
    return
  }
  const { status, headers, body } = failure
  if (status >= 500)
    request.log.error({ err: error, ...(!scope && { request_id: body.request_id }) }, 'request failed')
  reply.status(status).headers(headers).send(body)
}
