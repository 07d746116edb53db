/**
 * The adapter for NestJS 12, on `@nestjs/platform-express` or `@nestjs/platform-fastify`.
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type ArgumentsHost, Catch, HttpException, type INestApplication } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import type { FastifyInstance } from 'fastify'
import { readFailure, reportFailure } from './requests/answer-error.ts'
import { type EventHandler, EventHandlers, type TenantryOptions } from './requests/event-handlers.ts'
import { addScopeHooks, forWholeService } from './requests/fastify-hooks.ts'
import { requestIdOf } from './requests/open-request-scope.ts'
import { patternOf } from './requests/pattern-of.ts'
import { serveInScope } from './requests/serve-in-scope.ts'
import { noteFailure } from './runtime/record-hops.ts'
import { requireRuntime } from './runtime/require-runtime.ts'
import type { Runtime } from './runtime/runtime.ts'
import { stopWithPlatform } from './runtime/stop-with-platform.ts'

export type { EventHandler, TenantryOptions } from './requests/event-handlers.ts'

/** What a Nest application gets besides its scopes. */
export interface NestService {
  /**
   * Handles the events of a type that this service declares in `subscribes`, each with the effect of once. Calls to
   * other services may be made again when a delivery is repeated. Throws `EVENT_UNDECLARED`.
   */
  onEvent(type: string, handler: EventHandler): void
}

/**
 * Makes a Nest application a multi-tenant service: every request needs exactly one valid transaction token (401 otherwise)
 * and is handled in the scope of its tenant, guards, pipes, interceptors and filters included; a silo refuses other tenants
 * (421). It takes deliveries for `onEvent`, counts requests, answers errors with code, message and request id
 * (`HttpException` as Nest does), tells the platform when it listens, and ends with it.
 *
 * Call it right after `NestFactory.create`, and `app.listen` after it. Throws `RUNTIME_MISSING` outside a deployment.
 *
 * @example
 * const app = await NestFactory.create(NotesModule)
 * const service = await tenantry(app, { db: app.get(Pool) })
 * await app.listen(Number(process.env.PORT), process.env.HOST)
 */
export async function tenantry(app: INestApplication, options: TenantryOptions = {}): Promise<NestService> {
  const runtime = requireRuntime()
  const events = new EventHandlers(runtime, options)
  const adapter = app.getHttpAdapter()
  app.useGlobalFilters(new FailureFilter(adapter))
  if (adapter.getType() === 'fastify') {
    // Fastify makes further servers when it listens on several addresses: its hooks are in all of them.
    const fastify = adapter.getInstance() as FastifyInstance
    await fastify.register(forWholeService(async () => addScopeHooks(fastify, runtime, events)))
  } else {
    takeRequests(app.getHttpServer(), runtime, events)
  }
  app.getHttpServer().once('listening', () => process.send?.({ type: 'ready' }))
  stopWithPlatform(() => app.close())
  return { onEvent: (type, handler) => events.add(type, handler) }
}

/** Puts the scope around all that a server's own listeners do: nothing of Nest comes before it. */
function takeRequests(server: Server, runtime: Runtime, events: EventHandlers): void {
  const listeners = server.listeners('request')
  server.removeAllListeners('request')
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    for (const own of listeners) Reflect.apply(own, server, [request, response])
  }
  server.on('request', serveInScope({ runtime, events, listener, routeOf: patternOf }))
}

/** Answers what no filter of the service's own answers. */
class FailureFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error
    const [request, response] = host.getArgs<[RawOr<IncomingMessage>, RawOr<ServerResponse>]>()
    const requestId = requestIdOf(request.raw ?? request)
    const failure = error instanceof HttpException ? undefined : readFailure(error, requestId)
    noteFailure(request.raw ?? request, failure?.body.code)
    if (failure && failure.status >= 500) reportFailure(error, requestId)
    const answer = response.raw ?? response
    // An answer that has begun is cut off, so that nobody takes it for the whole.
    if (answer.headersSent) {
      answer.destroy()
      return
    }
    for (const [name, value] of Object.entries(failure?.headers ?? {})) answer.setHeader(name, value)
    super.catch(failure ? new HttpException(failure.body, failure.status) : error, host)
  }
}

// What the decorator does: it marks the class as a filter for every error.
Catch()(FailureFilter)

/** Fastify's requests and replies hold Node's own. */
type RawOr<Message> = Message & { raw?: Message }
