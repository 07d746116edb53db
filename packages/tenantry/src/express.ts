/**
 * The adapter for Express 5.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import { answerError, readFailure } from './requests/answer-error.ts'
import { EventHandlers, type TenantryOptions } from './requests/event-handlers.ts'
import { requestIdOf, requireAdmitted } from './requests/open-request-scope.ts'
import { patternOf } from './requests/pattern-of.ts'
import { createService, type Service } from './requests/service.ts'
import { requireRuntime } from './runtime/require-runtime.ts'

export type { EventHandler, TenantryOptions } from './requests/event-handlers.ts'
export type { ListenOptions, Service } from './requests/service.ts'

/** What the adapter needs of an Express application. */
export interface ExpressApplication {
  // biome-ignore lint/suspicious/noExplicitAny: Express gives its own forms of a request and an answer.
  (request: any, response: any, next: (error?: unknown) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  use(handler: (request: any, response: any, next: (error?: unknown) => void) => void): unknown
  get(setting: string): unknown
}

/**
 * Makes an Express application a multi-tenant service: every request needs exactly one valid transaction token (401
 * otherwise) and is handled in the scope of its tenant, from its first middleware to its last error handler and in every
 * mounted application; a silo refuses other tenants (421). It takes deliveries for `onEvent`, counts requests, answers errors
 * that no handler of yours answers with code, message and request id, and ends with the platform.
 *
 * Call it before any other middleware is used, and listen with the service: what comes in by `app.listen` has no scope
 * and fails with `CONTEXT_MISSING`. Throws `RUNTIME_MISSING` outside a deployment.
 *
 * @example
 * const app = express()
 * const service = tenantry(app, { db })
 * app.get('/notes', async (_request, response) => response.json((await db.query('select * from notes')).rows))
 * await service.listen({ host: process.env.HOST, port: Number(process.env.PORT) })
 */
export function tenantry(app: ExpressApplication, options: TenantryOptions = {}): Service {
  const runtime = requireRuntime()
  app.use((request, _response, next) => {
    requireAdmitted(request)
    next()
  })
  const answerOwn = expressAnswers(app)
  return createService({
    runtime,
    events: new EventHandlers(runtime, options),
    listener: (request, response) =>
      app(request, response, (error) => {
        const requestId = requestIdOf(request)
        const isOwn = error === undefined || error === null || !readFailure(error, requestId, statusOf(error))
        if (isOwn && !response.headersSent) answerOwn(request, response, error)
        else answerError(response, error, requestId)
      }),
    routeOf: patternOf,
  })
}

/** How Express answers 404, and what it or the service refuses with a status below 500. */
function expressAnswers(app: ExpressApplication) {
  const refusals = new WeakMap<IncomingMessage, unknown>()
  const last = express().disable('x-powered-by')
  last.use((request, _response, next) => next(refusals.get(request)))
  return (request: IncomingMessage, response: ServerResponse, error: unknown) => {
    refusals.set(request, error)
    last.set('env', app.get('env'))
    last(request as express.Request, response as express.Response)
  }
}

function statusOf(error: unknown): number | undefined {
  const { status, statusCode } = (error ?? {}) as { status?: number; statusCode?: number }
  return status ?? statusCode
}
