import { isTenantryError } from '@tenantry/context'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

const reasonMax = 300

/**
 * One line for each call of an operator, and for each that was refused: who, what, upon what and how it ended. Of the path the route's
 * pattern and its `id` alone; no query, body, cookie or token is ever in it.
 */
export function recordOperators(app: FastifyInstance, log: Logger): void {
  const failures = new WeakMap<FastifyRequest, Failure>()
  app.addHook('onError', async (request, _reply, error) => {
    failures.set(request, describe(error))
  })
  app.addHook('onResponse', async (request, reply) => {
    const failure = failures.get(request)
    if (!request.operator && !failure) return
    const { id } = (request.params ?? {}) as { id?: string }
    log.info({
      request_id: request.id,
      operator: request.operator?.subject,
      method: request.method,
      route: request.routeOptions.url,
      id: id?.slice(0, 128),
      status: reply.statusCode,
      ...failure,
    })
  })
}

interface Failure {
  readonly code: string
  /** Why nobody was signed in. */
  readonly reason?: string | undefined
}

function describe(error: Error): Failure {
  if (!isTenantryError(error)) return { code: 'INTERNAL' }
  const { reason } = error.details
  return { code: error.code, reason: typeof reason === 'string' ? reason.slice(0, reasonMax) : undefined }
}
