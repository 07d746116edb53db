import { createHash, randomBytes } from 'node:crypto'
import { TenantryError } from '@tenantry/context'
import { cliClient, resourceScope } from './demo-client.ts'

const redirectsMax = 10

/**
 * Signs a demo user in by authorization code and PKCE, as a browser would, and returns the access token.
 * Rejects with `IDENTITY_PROVIDER_DOWN` or `USER_UNKNOWN`.
 */
export async function obtainAccessToken(options: {
  issuer: string
  tenant: string
  role: string
}): Promise<string> {
  const { issuer, tenant, role } = options
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: cliClient.id,
    redirect_uri: cliClient.redirectUri,
    response_type: 'code',
    scope: `openid ${resourceScope}`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: `${role}@${tenant}`,
  })
  try {
    const code = await followToCode(`${issuer}/auth?${query}`, `${role}@${tenant}`)
    return await redeem(issuer, code, verifier)
  } catch (cause) {
    if (cause instanceof TenantryError) throw cause
    throw new TenantryError('IDENTITY_PROVIDER_DOWN', `the identity provider at ${issuer} does not answer`, {
      status: 503,
      help: 'run `npm start` first',
      cause,
    })
  }
}

async function followToCode(start: string, login: string): Promise<string> {
  const cookies = new Map<string, string>()
  let url = start
  for (let redirects = 0; redirects < redirectsMax; redirects++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (!location) throw unknownUser(login, answer.status)
    url = new URL(location, url).href
    if (url.startsWith(cliClient.redirectUri)) {
      const code = new URL(url).searchParams.get('code')
      if (code) return code
      throw unknownUser(login, answer.status)
    }
  }
  throw new Error('too many redirects')
}

async function redeem(issuer: string, code: string, verifier: string): Promise<string> {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: cliClient.id,
      redirect_uri: cliClient.redirectUri,
      code,
      code_verifier: verifier,
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token) return token
  throw new Error(`the token endpoint answered ${answer.status}`)
}

function unknownUser(login: string, status: number): TenantryError {
  return new TenantryError('USER_UNKNOWN', `there is no demo user \`${login}\``, {
    status: 404,
    help: 'see the tenants with `npx tenantry tenant list`; the roles are admin, seller and buyer',
    details: { status },
  })
}
