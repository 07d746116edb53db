/**
 * The adapter for Hono 4, on `@hono/node-server` 2.
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import type { Context, Env, Hono, Schema } from 'hono'
import { routePath } from 'hono/route'
import { readFailure, reportFailure } from './requests/answer-error.ts'
import { EventHandlers, type TenantryOptions } from './requests/event-handlers.ts'
import { hideStreamFailure } from './requests/hide-stream-failure.ts'
import { requestIdOf, requireAdmitted } from './requests/open-request-scope.ts'
import { createService, type Service } from './requests/service.ts'
import { noteFailure } from './runtime/record-hops.ts'
import { requireRuntime } from './runtime/require-runtime.ts'

export type { EventHandler, TenantryOptions } from './requests/event-handlers.ts'
export type { ListenOptions, Service } from './requests/service.ts'

/**
 * Makes a Hono application a multi-tenant service: every request needs exactly one valid transaction token (401 otherwise)
 * and is handled in the scope of its tenant, from its first middleware to the last piece of a streamed answer; a silo refuses
 * other tenants (421). It takes deliveries for `onEvent`, counts requests, answers errors with code, message and request id
 * (`HTTPException` as Hono does; an `onError` of yours takes its place), and ends with the platform.
 *
 * Call it before any other middleware is used, and listen with the service: what comes in otherwise, as by `app.request`,
 * has no scope and fails with `CONTEXT_MISSING`. Throws `RUNTIME_MISSING` outside a deployment.
 *
 * @example
 * const app = new Hono()
 * const service = tenantry(app, { db })
 * app.get('/notes', async (c) => c.json((await db.query('select * from notes')).rows))
 * await service.listen({ host: process.env.HOST, port: Number(process.env.PORT) })
 */
export function tenantry<E extends Env, S extends Schema, BasePath extends string>(
  app: Hono<E, S, BasePath>,
  options: TenantryOptions = {},
): Service {
  const runtime = requireRuntime()
  const routes = new WeakMap<IncomingMessage, string>()
  app.use(async (c, next) => {
    const incoming = incomingOf(c)
    requireAdmitted(incoming)
    await next()
    if (incoming) routes.set(incoming, routePath(c, -1))
  })
  app.onError((error, c) => {
    if ('getResponse' in error) return error.getResponse()
    return answer(error, incomingOf(c))
  })
  const fetchAnswer = async (request: Request, env: HttpBindings) => {
    const { incoming } = env
    try {
      const response = await app.fetch(request, env)
      return hideStreamFailure(response, (error) => reportFailure(error, requestIdOf(incoming)))
    } catch (error) {
      // What is thrown and is no Error, Hono does not give to `onError`.
      return answer(error, incoming)
    }
  }
  return createService({
    runtime,
    events: new EventHandlers(runtime, options),
    listener: getRequestListener(fetchAnswer as never, { overrideGlobalObjects: false }),
    routeOf: (request) => routes.get(request),
  })
}

const incomingOf = (c: Context) => (c.env as HttpBindings | undefined)?.incoming

function answer(error: unknown, request: IncomingMessage | undefined): Response {
  const requestId = requestIdOf(request)
  const failure = readFailure(error, requestId)
  noteFailure(request, failure?.body.code)
  if (!failure) {
    const { statusCode, message } = error as { statusCode: number; message: string }
    return Response.json({ message }, { status: statusCode })
  }
  if (failure.status >= 500) reportFailure(error, requestId)
  return Response.json(failure.body, failure)
}
