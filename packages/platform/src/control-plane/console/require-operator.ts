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
    /** True for what the metrics token is enough for. */
    metricsToken?: boolean
  }
  interface FastifyRequest {
    /** Who asks; null for a route that is open, and for who only reads metrics. */
    operator: Operator | null
  }
}

/** What a request may bring, as `Authorization: Bearer`. */
export interface ApiTokens {
  /** Good for everything. */
  readonly adminToken: string
  /** Good for the page of metrics, and nothing else: whoever scrapes it is no operator. */
  readonly metricsToken: string | undefined
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
export function requireOperator(app: FastifyInstance, tokens: ApiTokens, access?: SessionAccess): void {
  app.decorateRequest('operator', null)
  app.addHook('onRequest', async (request, reply) => {
    const { open, adminTokenOnly, metricsToken } = request.routeOptions.config ?? {}
    const { authorization } = request.headers
    if (open || (metricsToken && isBearer(authorization, tokens.metricsToken))) return
    // INVARIANT: the console is no back door. It runs no program on this machine, and reaches no server but those that it was given.
    if (authorization === undefined && access && !adminTokenOnly) {
      request.operator = requireSession(request, reply, access)
    } else {
      requireAdmin(authorization, tokens.adminToken)
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
  if (isBearer(authorization, adminToken)) return
  throw new TenantryError('ADMIN_REFUSED', 'this needs the admin token', {
    status: 401,
    help: 'send `Authorization: Bearer` with the token in `admin-token` of the state folder',
  })
}

function isBearer(authorization: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return false
  // Digests have one length, so the comparison tells nothing of the token's.
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`))
}

function sessionMissing(): TenantryError {
  return new TenantryError('SESSION_MISSING', 'nobody is signed in', {
    status: 401,
    help: 'sign in at `/sign-in`, or send `Authorization: Bearer` with the token in `admin-token` of the state folder',
  })
}
