import { isTenantId, TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'

/** What a verified access token says of its bearer. What it says of tier or placement is not asked. */
export interface AccessTokenClaims {
  readonly tenant: string
  readonly subject: string
  readonly role: string | undefined
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
}

/** Verifies access tokens of the configured identity provider. */
export interface AccessTokenVerifier {
  /**
   * Rejects with `ACCESS_TOKEN_INVALID` or `ACCESS_TOKEN_EXPIRED` (401), or `IDENTITY_PROVIDER_DOWN` (503) when the
   * issuer's keys cannot be got.
   */
  verify(token: string): Promise<AccessTokenClaims>
}

// RFC 8725, 3.1: asymmetric algorithms only, whatever a token's header proposes.
const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA']
const entriesMax = 10_000
const bytesMax = 8_192

/**
 * Makes a verifier for one issuer (OpenID Connect discovery). It accepts JWT access tokens of RFC 9068 alone, so that
 * an ID token is none. A token's verification is remembered by its bytes until it expires.
 */
export function createAccessTokenVerifier(identity: TenantryConfig['identity']): AccessTokenVerifier {
  const verified = new Map<string, AccessTokenClaims>()
  let keys: Promise<JWTVerifyGetKey> | undefined

  function requireKeys(): Promise<JWTVerifyGetKey> {
    keys ??= discoverKeys(identity.issuer).catch((cause) => {
      keys = undefined
      throw down(cause)
    })
    return keys
  }

  return {
    async verify(token) {
      const known = verified.get(token)
      if (known && known.expiresAtMs > Date.now()) return known
      verified.delete(token)
      const claims = readClaims(identity, await verifyToken(token, identity, await requireKeys()))
      if (verified.size >= entriesMax) verified.delete(verified.keys().next().value ?? '')
      verified.set(token, claims)
      return claims
    },
  }
}

async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(2_000),
  })
  const { issuer: named, jwks_uri: uri } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown }
  if (named !== issuer || typeof uri !== 'string')
    throw new Error('the discovery document is of another issuer')
  return createRemoteJWKSet(new URL(uri), { timeoutDuration: 2_000, cooldownDuration: 1_000 })
}

async function verifyToken(
  token: string,
  { issuer, audience }: TenantryConfig['identity'],
  keys: JWTVerifyGetKey,
): Promise<JWTPayload> {
  if (token.length > bytesMax) throw invalid()
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms,
      typ: 'at+jwt',
      requiredClaims: ['exp', 'sub'],
    })
    return payload
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) {
      throw new TenantryError('ACCESS_TOKEN_EXPIRED', 'the access token has expired', {
        status: 401,
        help: 'sign in again, or refresh the token',
        cause,
      })
    }
    // The issuer's answer, or none at all: the token may be as good as any.
    const unreachable = cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError)
    throw unreachable || cause.code === 'ERR_JOSE_GENERIC' ? down(cause) : invalid(cause)
  }
}

function readClaims({ claims }: TenantryConfig['identity'], payload: JWTPayload): AccessTokenClaims {
  const { [claims.tenant]: tenant, [claims.role]: role, sub, exp } = payload
  if (!isTenantId(tenant) || typeof sub !== 'string' || sub.length > 255 || !Number.isSafeInteger(exp))
    throw invalid()
  const named = typeof role === 'string' && /^[\w:.-]{1,64}$/.test(role) ? role : undefined
  return { tenant, subject: sub, role: named, expiresAtMs: Number(exp) * 1000 }
}

function invalid(cause?: unknown): TenantryError {
  return new TenantryError('ACCESS_TOKEN_INVALID', 'the access token is not valid', {
    status: 401,
    help: 'send `Authorization: Bearer` with an access token of the configured issuer',
    cause,
  })
}

function down(cause: unknown): TenantryError {
  return new TenantryError('IDENTITY_PROVIDER_DOWN', 'access tokens cannot be verified at the moment', {
    status: 503,
    help: 'see whether the identity provider answers',
    cause,
  })
}
