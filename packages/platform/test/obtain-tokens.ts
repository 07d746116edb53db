import { createHash, randomBytes } from 'node:crypto'
import { Browser } from './browser.ts'
import type { RunningConsole } from './running-console.ts'

/** What the token endpoint of the demo's issuer answered. */
export interface DemoTokens {
  readonly id_token: string
  readonly access_token: string
}

const shop = { client_id: 'tenantry-cli', redirect_uri: 'http://127.0.0.1/callback', scope: 'openid shop' }

/** The request of a client of the demo's issuer: of the shop's, or of the console's. */
export function authorizationUrl(
  running: RunningConsole,
  client: 'shop' | 'console',
  verifier = 'v'.repeat(43),
): string {
  const query = {
    ...clientOf(running, client),
    response_type: 'code',
    nonce: 'n',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  return `${running.issuer}/auth?${new URLSearchParams(query)}`
}

/** Signs in as a user of a client, past the console: the tokens that only it should see. */
export async function obtainTokens(
  running: RunningConsole,
  client: 'shop' | 'console',
  login: string,
  browser = new Browser(),
): Promise<DemoTokens> {
  const verifier = randomBytes(32).toString('base64url')
  const own = clientOf(running, client)
  const { url: chooser } = await browser.visit(authorizationUrl(running, client, verifier))
  const { url } = await browser.choose(chooser, login, own.redirect_uri)
  const code = new URL(url).searchParams.get('code') ?? ''
  const answer = await fetch(`${running.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...own, grant_type: 'authorization_code', code, code_verifier: verifier }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as DemoTokens
}

function clientOf({ url }: RunningConsole, client: 'shop' | 'console') {
  const redirectUri = `${url}/sign-in/callback`
  return client === 'shop'
    ? shop
    : { client_id: 'tenantry-console', redirect_uri: redirectUri, scope: 'openid profile' }
}
