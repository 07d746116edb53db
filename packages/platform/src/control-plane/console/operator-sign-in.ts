import { isTenantryError, TenantryError } from '@tenantry/context'
import { type IssuerConfig, isPlainOrLoopback, type OperatorsConfig } from '@tenantry/routing'
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { createIssuerKeys, issuerAlgorithms } from '../../access-token/issuer-keys.ts'
import { peekToken } from '../../access-token/peek-token.ts'
import type { Operator } from './operator.ts'
import { readOperator } from './read-operator.ts'
import type { SignInUnderWay } from './seal-sign-in.ts'

/** Who signs in, and where. */
export interface OperatorSignInOptions {
  readonly operators: OperatorsConfig
  readonly clientSecret: string | undefined
  /** Whose tokens are tenants'. */
  readonly identity: readonly IssuerConfig[]
  /** Where the issuer sends a browser back to. */
  readonly redirectUri: string
}

const answerMaxS = 5
const underWayMax = 8

/**
 * Signs operators in at their issuer: OpenID Connect's authorization code with PKCE (S256), `state` and `nonce`. What comes back is
 * exchanged and verified here; no token leaves this class.
 */
export class OperatorSignIn {
  readonly #options: OperatorSignInOptions
  readonly #keys: JWTVerifyGetKey
  #client: Promise<openid.Configuration> | undefined
  #underWay = 0

  constructor(options: OperatorSignInOptions) {
    this.#options = options
    this.#keys = createIssuerKeys({ issuer: options.operators.issuer, down })
  }

  /** Where to send a browser, and what it has to come back with. Rejects with `IDENTITY_PROVIDER_DOWN` (503). */
  async begin(): Promise<{ url: string; signIn: SignInUnderWay }> {
    const { operators, redirectUri } = this.#options
    const client = await this.#discover()
    const signIn = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
    }
    const url = openid.buildAuthorizationUrl(client, {
      redirect_uri: redirectUri,
      scope: operators.scopes.join(' '),
      state: signIn.state,
      nonce: signIn.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(signIn.verifier),
      code_challenge_method: 'S256',
    })
    return { url: url.href, signIn }
  }

  /**
   * The operator who came back with `query`. Rejects with `SIGN_IN_UNKNOWN` (400) for another sign-in's answer, `SIGN_IN_REFUSED` (403) when the
   * issuer refuses or its ID token is no good, `OPERATOR_REFUSED` (403) for anyone who is no operator, `SIGN_IN_BUSY` and
   * `IDENTITY_PROVIDER_DOWN` (503).
   */
  async finish(query: URLSearchParams, signIn: SignInUnderWay): Promise<Operator> {
    // Before the issuer is asked anything.
    if (query.getAll('state').join() !== signIn.state) throw signInUnknown()
    if (this.#underWay >= underWayMax) throw busy()
    this.#underWay++
    try {
      const claims = await this.#verify(await this.#exchange(query, signIn), signIn.nonce)
      return readOperator(claims, this.#options) ?? operatorRefused(claims)
    } finally {
      this.#underWay--
    }
  }

  async #exchange(query: URLSearchParams, { state, nonce, verifier }: SignInUnderWay): Promise<string> {
    const client = await this.#discover()
    try {
      const { id_token: idToken } = await openid.authorizationCodeGrant(
        client,
        new URL(`${this.#options.redirectUri}?${query}`),
        { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      )
      return idToken ?? ''
    } catch (cause) {
      throw isUnreachable(cause) ? down(cause) : signInRefused(cause)
    }
  }

  /** By the rules that hold for every token of an issuer (OpenID Connect Core, 3.1.3.7). */
  async #verify(idToken: string, nonce: string): Promise<JWTPayload> {
    const { issuer, clientId } = this.#options.operators
    // An access token is no ID token, whatever its audience.
    if (![undefined, 'at+jwt'].includes(peekToken(idToken)?.type)) {
      try {
        const { payload } = await jwtVerify(idToken, this.#keys, {
          issuer,
          audience: clientId,
          algorithms: issuerAlgorithms,
          requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
        })
        if (payload.nonce === nonce) return payload
      } catch (cause) {
        throw isTenantryError(cause) ? cause : signInRefused(cause)
      }
    }
    throw signInRefused()
  }

  #discover(): Promise<openid.Configuration> {
    const { operators, clientSecret } = this.#options
    this.#client ??= openid
      .discovery(
        new URL(operators.issuer),
        operators.clientId,
        undefined,
        clientSecret === undefined ? openid.None() : openid.ClientSecretPost(clientSecret),
        {
          timeout: answerMaxS,
          // Outside development no such issuer is accepted in the configuration.
          execute: isPlainOrLoopback(operators.issuer) ? [openid.allowInsecureRequests] : [],
        },
      )
      .catch((cause) => {
        this.#client = undefined
        throw down(cause)
      })
    return this.#client
  }
}

// Nothing was answered, or that the issuer cannot at the moment.
function isUnreachable(cause: unknown): boolean {
  const { code, cause: inner } = cause as { code?: unknown; cause?: unknown }
  return (
    code === 'OAUTH_TIMEOUT' ||
    cause instanceof TypeError ||
    (inner instanceof Response && inner.status >= 500)
  )
}

/** The answer to a browser that did not begin a sign-in here, or not this one. */
export function signInUnknown(): TenantryError {
  return new TenantryError('SIGN_IN_UNKNOWN', 'this sign-in was not begun here, or is over', {
    status: 400,
    help: 'sign in again, in one window',
  })
}

function signInRefused(cause?: unknown): TenantryError {
  return new TenantryError('SIGN_IN_REFUSED', 'the identity provider did not sign anyone in', {
    status: 403,
    help: 'sign in again; if it stays so, see the log of the control plane and the client’s settings at the issuer',
    details: { reason: describeCause(cause) },
    cause,
  })
}

/** What the libraries say, which has no token in it, and what the issuer answered. */
function describeCause(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined
  return 'error' in cause ? `${cause.message}: ${cause.error}` : cause.message
}

function operatorRefused({ sub }: JWTPayload): never {
  throw new TenantryError('OPERATOR_REFUSED', 'whoever signed in is no operator', {
    status: 403,
    help: 'sign in as an operator: `operators.requires` of tenantry.config.ts says who is one',
    details: { reason: `it was ${sub}` },
  })
}

function busy(): TenantryError {
  return new TenantryError('SIGN_IN_BUSY', 'too many sign-ins are under way', {
    status: 503,
    help: 'sign in again in a moment',
  })
}

function down(cause: unknown): TenantryError {
  return new TenantryError('IDENTITY_PROVIDER_DOWN', 'nobody can sign in at the moment', {
    status: 503,
    help: 'see whether the identity provider of `operators.issuer` answers',
    cause,
  })
}
