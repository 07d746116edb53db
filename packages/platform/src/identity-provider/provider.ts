import type { JsonWebKey } from 'node:crypto'
import type { Directory } from '@tenantry/routing'
import Provider, { type Configuration, errors, interactionPolicy } from 'oidc-provider'
import { cliClient, resourceScope } from './demo-client.ts'
import { type DemoConfig, demoIssuer } from './demo-issuer.ts'
import { demoOperator, demoOperators, operatorClaims } from './demo-operator.ts'
import { findUser } from './users.ts'
import { writeClaim } from './write-claim.ts'

const lifetimeS = 3600

/**
 * Makes the demo identity provider: OpenID Connect with authorization code and PKCE, JWT access tokens of RFC 9068
 * signed with ES256. Its users need no password, so it is made in development alone.
 */
export function createProvider(options: {
  config: DemoConfig
  directory: Directory
  /** Where operators reach the console. */
  consoleUrl: string
  signingKey: JsonWebKey
  cookieKey: string
}): Provider {
  const { config, directory } = options
  const { issuer, audience: audiences, claims } = demoIssuer(config)
  const [audience = ''] = [audiences].flat()
  const resource = `urn:tenantry:${audience}`
  const operators = demoOperators(config, issuer)
  const isConsole = (client?: { clientId: string }) => operators && client?.clientId === operators.clientId
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
      ...(operators
        ? [
            {
              client_id: operators.clientId,
              token_endpoint_auth_method: 'none' as const,
              grant_types: ['authorization_code'],
              response_types: ['code' as const],
              redirect_uris: [`${options.consoleUrl}/sign-in/callback`],
            },
          ]
        : []),
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
    // Each client has its own users: no tenant's signs in to the console, and no operator to the shop.
    findAccount(context, login) {
      if (operators && isConsole(context.oidc.client)) {
        const claims = operatorClaims(operators)
        return login === demoOperator.login ? { accountId: login, claims: async () => claims } : undefined
      }
      return findUser(directory, login) && { accountId: login, claims: async () => ({ sub: login }) }
    },
    ...(operators && {
      claims: { openid: ['sub', ...Object.keys(operatorClaims(operators))] },
      scopes: operators.scopes,
    }),
    conformIdTokenClaims: false,
    interactions: { policy: signInPolicy(), url: (_context, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, client) => (isConsole(client) ? [] : resource),
        useGrantedResource: () => true,
        getResourceServerInfo(_context, _resource, client) {
          if (isConsole(client)) throw new errors.InvalidTarget()
          return {
            scope: resourceScope,
            audience,
            accessTokenTTL: lifetimeS,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          }
        },
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
      if (isConsole(client)) grant.addOIDCScope(operators?.scopes.join(' ') ?? 'openid')
      else {
        grant.addOIDCScope('openid')
        grant.addResourceScope(resource, resourceScope)
      }
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

/** Whoever is signed in as a user of another client chooses anew. */
function signInPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  const isStranger = new interactionPolicy.Check(
    'no_user_of_client',
    'sign in as a user of this client',
    ({ oidc }) => Boolean(oidc.session?.accountId && !oidc.account),
  )
  policy.get('login')?.checks.add(isStranger)
  return policy
}
