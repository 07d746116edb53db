import type { IssuerConfig, OperatorsConfig } from '@tenantry/routing'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { consoleCookies } from './console-cookies.ts'
import { requireOwnHost } from './console-hosts.ts'
import { OperatorSessions } from './operator-sessions.ts'
import { OperatorSignIn } from './operator-sign-in.ts'
import { addPageRoutes } from './page-routes.ts'
import { recordOperators } from './record-operators.ts'
import { type ApiTokens, requireOperator } from './require-operator.ts'
import { securityHeaders } from './security-headers.ts'
import { addSignInRoutes } from './sign-in-routes.ts'

/** Who may ask the operators' API, and where its page is. */
export interface OperatorApiGuard extends ApiTokens {
  /** Where operators reach this API: an origin. */
  readonly url: string
  /** Left out where there is no console. */
  readonly console?: ConsoleOptions | undefined
  readonly log: Logger
}

/** What the console is made of. */
export interface ConsoleOptions {
  readonly operators: OperatorsConfig
  readonly clientSecret: string | undefined
  /** Whose tokens are tenants'. */
  readonly identity: readonly IssuerConfig[]
  /** The folder with the built page; `undefined` where there is none. */
  readonly folder: string | undefined
  /** Other sessions than those of the console's own bounds. */
  readonly sessions?: OperatorSessions
}

/**
 * Puts the guard before every route of `app`, those that come later included: hosts that are its own, operators alone, a record of
 * what they did; and, where there is a console, its page and its sign-in.
 */
export function guardOperatorApi(app: FastifyInstance, guard: OperatorApiGuard): void {
  const { url, log } = guard
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    requireOwnHost(request, url)
  })
  recordOperators(app, log)
  if (!guard.console) {
    requireOperator(app, guard)
    return
  }
  const { operators, clientSecret, identity, folder, sessions = new OperatorSessions() } = guard.console
  const cookies = consoleCookies(url)
  const access = { sessions, cookie: cookies.session, url }
  const signIn = new OperatorSignIn({
    ...{ operators, clientSecret, identity },
    redirectUri: `${url}/sign-in/callback`,
  })
  requireOperator(app, guard, access)
  addSignInRoutes(app, { ...access, signIn, signInCookie: cookies.signIn })
  addPageRoutes(app, { folder, url })
  app.addHook('preClose', async () => sessions.close())
}
