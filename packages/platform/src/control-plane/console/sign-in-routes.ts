import { errorAnswer, isTenantryError } from '@tenantry/context'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConsoleCookie } from './console-cookies.ts'
import { type OperatorSignIn, signInUnknown } from './operator-sign-in.ts'
import { plainPage } from './plain-page.ts'
import type { SessionAccess } from './require-operator.ts'
import { SignInSeal, signInMaxS } from './seal-sign-in.ts'

/** What signing in and out needs. */
export interface SignInRouteParts extends SessionAccess {
  readonly signIn: OperatorSignIn
  readonly signInCookie: ConsoleCookie
}

/** `GET /sign-in` and its `/callback` begin a session, `POST /sign-out` ends it, `GET /session` tells whose it is. */
export function addSignInRoutes(app: FastifyInstance, parts: SignInRouteParts): void {
  const { sessions, cookie, signIn, signInCookie, url } = parts
  const seal = new SignInSeal()

  app.get('/sign-in', { config: { open: true }, errorHandler: showError }, async (request, reply) => {
    // Its cookies have to be where the issuer sends the browser back to.
    if (request.host !== new URL(url).host) return reply.redirect(`${url}/sign-in`)
    const begun = await signIn.begin()
    signInCookie.set(reply, await seal.seal(begun.signIn), signInMaxS)
    return reply.redirect(begun.url)
  })

  app.get(
    '/sign-in/callback',
    { config: { open: true }, errorHandler: showError },
    async (request, reply) => {
      const sealed = signInCookie.read(request)
      signInCookie.clear(reply)
      const begun = sealed === undefined ? undefined : await seal.open(sealed)
      if (!begun) throw signInUnknown()
      const operator = await signIn.finish(new URL(request.url, url).searchParams, begun)
      const before = cookie.read(request)
      if (before !== undefined) sessions.end(before)
      request.operator = operator
      cookie.set(reply, sessions.begin(operator))
      return reply.redirect('/')
    },
  )

  app.post('/sign-out', async (request, reply) => {
    const id = cookie.read(request)
    if (id !== undefined) sessions.end(id)
    cookie.clear(reply)
    return reply.status(204).send()
  })

  app.get('/session', ({ operator }) => ({ operator }))
}

/** A browser is told in words, since a person looks at it. */
function showError(error: Error, request: FastifyRequest, reply: FastifyReply) {
  const { status, headers, body } = errorAnswer(error, request.id)
  const help = isTenantryError(error) ? `${error.help}.` : ''
  const text = `${body.code}: ${body.message}. ${help} Request ${request.id}.`
  return reply
    .status(status)
    .headers(headers)
    .type('text/html; charset=utf-8')
    .send(plainPage('Not signed in', text, { href: '/sign-in', text: 'Sign in again' }))
}
