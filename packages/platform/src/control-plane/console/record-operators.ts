import { isTenantryError } from '@tenantry/context'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'

/**
 * One line for each call of an operator, and for each that was refused: who, what, upon what and how it ended. Of the path the route's
 * pattern and its `id` alone; no query, body, cookie or token is ever in it.
 */
export function recordOperators(app: FastifyInstance, log: Logger): void {
  const failures = new WeakMap<object, string>()
  app.addHook('onError', async (request, _reply, error) => {
    failures.set(request, isTenantryError(error) ? error.code : 'INTERNAL')
  })
  app.addHook('onResponse', async (request, reply) => {
    const code = failures.get(request)
    if (!request.operator && !code) return
    const { id } = (request.params ?? {}) as { id?: string }
    log.info({
      request_id: request.id,
      operator: request.operator?.subject,
      method: request.method,
      route: request.routeOptions.url,
      id: id?.slice(0, 128),
      status: reply.statusCode,
      code,
    })
  })
}
