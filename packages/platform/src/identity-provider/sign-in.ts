import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Directory } from '@tenantry/routing'
import type Provider from 'oidc-provider'
import { type DemoConfig, demoIssuer } from './demo-issuer.ts'
import { demoOperator, demoOperators } from './demo-operator.ts'
import { operatorPage, signInPage } from './sign-in-page.ts'
import { findUser, listUsers } from './users.ts'

const formBytesMax = 4_096

/**
 * Answers the provider's interactions: a page on which to choose a user, or the operator where it is the console that asks. A request
 * with a `login_hint` that names one is signed in at once; a hint that names none is 400.
 */
export function createSignIn(provider: Provider, directory: Directory, config: DemoConfig) {
  const operators = demoOperators(config, demoIssuer(config).issuer)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { params } = await provider.interactionDetails(request, response)
    const isConsole = operators !== undefined && params.client_id === operators.clientId
    const chosen = request.method === 'POST' ? await readLogin(request) : params.login_hint
    if (chosen === undefined) {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
      })
      response.end(isConsole ? operatorPage(demoOperator) : signInPage(listUsers(directory)))
      return
    }
    const login = String(chosen)
    const isKnown = isConsole ? login === demoOperator.login : findUser(directory, login) !== undefined
    if (!isKnown) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ code: 'USER_UNKNOWN', message: 'there is no such demo user' }))
      return
    }
    // Native clients would be asked for consent each time; choosing a user is all that the demo asks.
    await provider.interactionFinished(request, response, { login: { accountId: login }, consent: {} })
  }
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action *; frame-ancestors 'none'"

async function readLogin(request: IncomingMessage): Promise<string> {
  const body =
    Number(request.headers['content-length'] ?? Number.NaN) <= formBytesMax ? await text(request) : ''
  return new URLSearchParams(body).get('login') ?? ''
}
