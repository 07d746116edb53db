import { leaveScope } from '@tenantry/context'
import { logFields } from '@tenantry/metrics'
import type { FastifyInstance } from 'fastify'
import type { Runtime } from '../runtime/runtime.ts'
import { type EventHandlers, eventsPath } from './event-handlers.ts'
import { admissionOf, openRequestScope } from './open-request-scope.ts'
import { recordRequest } from './record-request.ts'

/** Makes a Fastify instance open a scope for each request, name its tenant in the request's log, count it, and take deliveries of events. */
export async function addScopeHooks(
  app: FastifyInstance,
  runtime: Runtime,
  events: EventHandlers,
): Promise<void> {
  app.addHook('onRequest', (request, reply, done) => {
    // A connection may have been taken in some other scope: hooks that see a refusal are in none.
    leaveScope(() =>
      openRequestScope(runtime, request.raw, reply.raw).then(
        (run) =>
          run(() => {
            request.log = request.log.child(logFields())
            reply.log = request.log
            done()
          }),
        (error: Error) => done(error),
      ),
    )
  })
  // A body is parsed in the socket's context: the scope is entered again once it is there.
  app.addHook('preValidation', (request, _reply, done) => {
    const run = admissionOf(request.raw)?.run
    if (run) run(done)
    else done()
  })
  // INVARIANT: a handler runs in its own request's scope, also when a hook before it called back from another's.
  app.addHook('onRoute', (route) => {
    const { handler } = route
    route.handler = function (request, reply) {
      const run = admissionOf(request.raw)?.run
      const work = () => handler.call(this, request, reply)
      return run ? run(work) : work()
    }
  })
  app.addHook('onResponse', async (request, reply) => {
    recordRequest(runtime, {
      request: request.raw,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationS: reply.elapsedTime / 1000,
    })
  })
  if (events.takesDeliveries) await takeDeliveries(app, events)
}

async function takeDeliveries(app: FastifyInstance, events: EventHandlers): Promise<void> {
  await app.register(async (deliveries) => {
    // The digest that the token vouches for is over the data's bytes, before anything has parsed them.
    deliveries.removeAllContentTypeParsers()
    deliveries.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    deliveries.post<{ Body: Buffer | undefined }>(eventsPath, async (request, reply) => {
      await events.handle(request.headers, request.body ?? '')
      return reply.status(204).send()
    })
  })
}

/** Fastify's own mark for a plugin whose hooks are for the whole service. */
export function forWholeService<Plugin extends object>(plugin: Plugin): Plugin {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'tenantry',
  })
}
