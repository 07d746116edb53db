import type { JsonWebKey } from 'node:crypto'
import { claimPath, type Directory, type TenantryConfig } from '@tenantry/routing'
import Provider, { type Configuration } from 'oidc-provider'
import { cliClient, resourceScope } from './demo-client.ts'
import { demoIssuer } from './demo-issuer.ts'
import { findUser } from './users.ts'

const lifetimeS = 3600

/**
 * Makes the demo identity provider: OpenID Connect with authorization code and PKCE, JWT access tokens of RFC 9068
 * signed with ES256. Its users need no password, so it is made in development alone.
 */
export function createProvider(options: {
  config: Pick<TenantryConfig, 'identity'>
  directory: Directory
  signingKey: JsonWebKey
  cookieKey: string
}): Provider {
  const { config, directory } = options
  const { issuer, audience: audiences, claims } = demoIssuer(config)
  const [audience = ''] = [audiences].flat()
  const resource = `urn:tenantry:${audience}`
  const configuration: Configuration = {
    clients: [
      {
        client_id: cliClient.id,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [cliClient.redirectUri],
      },
    ],
    jwks: { keys: [{ ...options.signingKey, kty: 'EC', use: 'sig', alg: 'ES256' }] } as Configuration['jwks'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    cookies: { keys: [options.cookieKey] },
    pkce: { required: () => true },
    ttl: {
      AccessToken: lifetimeS,
      AuthorizationCode: 60,
      Interaction: 600,
      Session: 3600,
      Grant: 3600,
      IdToken: 600,
    },
    findAccount: (_context, login) =>
      findUser(directory, login) && { accountId: login, claims: async () => ({ sub: login }) },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: resourceScope,
          audience,
          accessTokenTTL: lifetimeS,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    // The demo's clients are its own: whoever signed in is not asked once more.
    async loadExistingGrant(context) {
      const { client, session } = context.oidc
      if (!client || !session?.accountId) return undefined
      const grant = new context.oidc.provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      })
      grant.addOIDCScope('openid')
      grant.addResourceScope(resource, resourceScope)
      await grant.save()
      return grant
    },
    extraTokenClaims(_context, token) {
      const user = 'accountId' in token && token.accountId ? findUser(directory, token.accountId) : undefined
      return (
        user && {
          ...writeClaim(claims.tenant, user.tenant),
          ...writeClaim(claims.role, user.role),
          'custom:tenant_tier': user.tier,
        }
      )
    },
  }
  return new Provider(issuer, configuration)
}

/** The claim as the verifier looks for it: a path leads through objects. */
function writeClaim(claim: string | readonly string[], value: string): Record<string, unknown> {
  const [last = '', ...above] = [...claimPath(claim)].reverse()
  return above.reduce<Record<string, unknown>>((inner, name) => ({ [name]: inner }), { [last]: value })
}
