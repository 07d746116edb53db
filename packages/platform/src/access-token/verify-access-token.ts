import { isTenantryError, TenantryError } from '@tenantry/context'
import type { IssuerConfig, TenantryConfig } from '@tenantry/routing'
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { chooseTenant } from './choose-tenant.ts'
import { createIssuerKeys, issuerAlgorithms } from './issuer-keys.ts'
import { createIssuerTenants, type FindIssuerTenant } from './issuer-tenants.ts'
import { peekToken } from './peek-token.ts'
import { readClaims, type VerifiedToken } from './read-claims.ts'

/** What a verified access token says of its bearer. What it says of tier or placement is not asked. */
export interface AccessTokenClaims {
  readonly tenant: string
  /** Who signed it. */
  readonly issuer: string
  /** The issuer's `sub`; where there are several issuers, behind its issuer and a `#`. */
  readonly subject: string
  readonly role: string | undefined
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
}

/** Verifies access tokens of the configured identity providers. */
export interface AccessTokenVerifier {
  /**
   * What the token says, for the tenant that it names or, of several, `choice`. Rejects with `ACCESS_TOKEN_INVALID` or
   * `ACCESS_TOKEN_EXPIRED` (401), `TENANT_CHOICE_MISSING` (400), `TENANT_CHOICE_REFUSED` or `ISSUER_TENANT_REFUSED` (403),
   * or `IDENTITY_PROVIDER_DOWN` (503) when the issuer's keys cannot be got.
   */
  verify(token: string, choice?: string): Promise<AccessTokenClaims>
}

interface Issuer {
  readonly config: IssuerConfig
  readonly keys: JWTVerifyGetKey
  readonly findTenant: FindIssuerTenant
}

const entriesMax = 10_000

/**
 * Makes a verifier for the configured issuers. A token of any other, of a `typ` that its issuer does not declare, or
 * that is malformed is refused before anyone is asked. A token's verification is remembered by its bytes until it
 * expires; the choice among its tenants is made anew each time.
 */
export function createAccessTokenVerifier(identity: TenantryConfig['identity']): AccessTokenVerifier {
  const verified = new Map<string, VerifiedToken>()
  const issuers = new Map<string, Issuer>(
    identity.map((config) => [
      config.issuer,
      {
        config,
        keys: createIssuerKeys({ issuer: config.issuer, down }),
        findTenant: createIssuerTenants(config.tenants),
      },
    ]),
  )

  async function verifyAnew(token: string): Promise<VerifiedToken> {
    const peeked = peekToken(token)
    const issuer = peeked && issuers.get(peeked.issuer)
    if (!issuer?.config.types.includes(peeked?.type ?? 'none')) throw invalid()
    const payload = await verifySignature(token, issuer)
    const claims = readClaims(payload, issuer.config, issuer.findTenant)
    if (!claims) throw invalid()
    // Two issuers may have one `sub` for two people. No issuer has a `#`.
    return issuers.size === 1 ? claims : { ...claims, subject: `${issuer.config.issuer}#${claims.subject}` }
  }

  return {
    async verify(token, choice) {
      let known = verified.get(token)
      if (!known || known.expiresAtMs <= Date.now()) {
        verified.delete(token)
        known = await verifyAnew(token)
        if (verified.size >= entriesMax) verified.delete(verified.keys().next().value ?? '')
        verified.set(token, known)
      }
      const { issuer, subject, role, expiresAtMs } = known
      return { tenant: chooseTenant(known, choice), issuer, subject, role, expiresAtMs }
    },
  }
}

async function verifySignature(token: string, { config, keys }: Issuer): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: config.issuer,
      algorithms: issuerAlgorithms,
      requiredClaims: ['exp', 'sub'],
    })
    return payload
  } catch (cause) {
    // The issuer's answer, or none at all: the token may be as good as any.
    if (isTenantryError(cause)) throw cause
    if (cause instanceof errors.JWTExpired) {
      throw new TenantryError('ACCESS_TOKEN_EXPIRED', 'the access token has expired', {
        status: 401,
        help: 'sign in again, or refresh the token',
        cause,
      })
    }
    throw invalid(cause)
  }
}

function invalid(cause?: unknown): TenantryError {
  return new TenantryError('ACCESS_TOKEN_INVALID', 'the access token is not valid', {
    status: 401,
    help: 'send `Authorization: Bearer` with an access token of a configured issuer',
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
