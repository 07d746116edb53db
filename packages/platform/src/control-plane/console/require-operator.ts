import { createHash, timingSafeEqual } from 'node:crypto'
import { TenantryError } from '@tenantry/context'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConsoleCookie } from './console-cookies.ts'
import { adminTokenHolder, type Operator } from './operator.ts'
import type { OperatorSessions } from './operator-sessions.ts'
import { refuseCrossSite } from './refuse-cross-site.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for what is answered to anyone. */
    open?: boolean
    /** True for what no session is enough for: whoever may do it reaches beyond the control plane. */
    adminTokenOnly?: boolean
  }
  interface FastifyRequest {
    /** Who asks; null for a route that is open. */
    operator: Operator | null
  }
}

/** Where operators’ sessions are, and where the console is. */
export interface SessionAccess {
  readonly sessions: OperatorSessions
  readonly cookie: ConsoleCookie
  /** The console's origin. */
  readonly url: string
}

/**
 * Lets operators alone through to every route that is not open, unknown ones included: with the admin token or, where there is a
 * console and the route is not for the token only, with the session of one who signed in. A request that brings a token is judged by it alone. `ADMIN_REFUSED`,
 * `SESSION_MISSING` (401), `REQUEST_CROSS_SITE` (403).
 */
export function requireOperator(app: FastifyInstance, adminToken: string, access?: SessionAccess): void {
  app.decorateRequest('operator', null)
  app.addHook('onRequest', async (request, reply) => {
    const { open, adminTokenOnly } = request.routeOptions.config ?? {}
    if (open) return
    const { authorization } = request.headers
    // INVARIANT: the console is no back door. It runs no program on this machine, and reaches no server but those that it was given.
    if (authorization === undefined && access && !adminTokenOnly) {
      request.operator = requireSession(request, reply, access)
    } else {
      requireAdmin(authorization, adminToken)
      request.operator = adminTokenHolder
    }
  })
}

function requireSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions, cookie, url }: SessionAccess,
): Operator {
  const id = cookie.read(request)
  if (id === undefined) throw sessionMissing()
  refuseCrossSite(request, url)
  const operator = sessions.use(id)
  if (!operator) throw sessionMissing()
  // What is not answered yet goes on; a stream ends with its session.
  const done = sessions.hold(id, { destroy: () => reply.raw.headersSent && reply.raw.destroy() })
  reply.raw.once('close', done)
  return operator
}

function requireAdmin(authorization: string | undefined, adminToken: string): void {
  // Digests have one length, so the comparison tells nothing of the token's.
  const digest = (text: string) => createHash('sha256').update(text).digest()
  if (timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${adminToken}`))) return
  throw new TenantryError('ADMIN_REFUSED', 'this needs the admin token', {
    status: 401,
    help: 'send `Authorization: Bearer` with the token in `admin-token` of the state folder',
  })
}

function sessionMissing(): TenantryError {
  return new TenantryError('SESSION_MISSING', 'nobody is signed in', {
    status: 401,
    help: 'sign in at `/sign-in`, or send `Authorization: Bearer` with the token in `admin-token` of the state folder',
  })
}
