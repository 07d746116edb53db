import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

const answerMaxMs = 2_000

/** What issuers may sign with. RFC 8725, 3.1: asymmetric algorithms only, whatever a token's header proposes. */
export const issuerAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA']

/** Whose keys are found, and how. */
export interface IssuerKeysOptions {
  readonly issuer: string
  /** Where the keys are, without discovery. */
  readonly jwksUri?: string | undefined
  /** The error for keys that cannot be got. */
  readonly down: (cause: unknown) => Error
}

/**
 * Makes what finds the key of a token of one issuer: by OpenID Connect discovery at the first token, and again for a
 * key that is not known, at most once a second. Only the issuer's own addresses are asked, never one that a token names.
 * Rejects with the error of `down` when the issuer's keys cannot be got.
 */
export function createIssuerKeys({ issuer, jwksUri, down }: IssuerKeysOptions): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined

  return async (header, token) => {
    keys ??= findKeySet(issuer, jwksUri).catch((cause) => {
      keys = undefined
      throw down(cause)
    })
    const find = await keys
    try {
      return await find(header, token)
    } catch (cause) {
      // The token's fault is only that it names a key which the issuer has not.
      const strange =
        cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys
      throw strange ? cause : down(cause)
    }
  }
}

async function findKeySet(issuer: string, jwksUri: string | undefined): Promise<JWTVerifyGetKey> {
  if (jwksUri !== undefined) return keysAt(jwksUri)
  // OpenID Connect Discovery, 4.1: a slash that ends the issuer is not doubled.
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(answerMaxMs),
  })
  const { issuer: named, jwks_uri: uri } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown }
  if (named !== issuer || typeof uri !== 'string')
    throw new Error('the discovery document is of another issuer')
  const url = new URL(uri)
  if (url.protocol !== 'https:' && url.protocol !== new URL(issuer).protocol)
    throw new Error('the keys of an https issuer are not read over plain http')
  return keysAt(uri)
}

function keysAt(uri: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(uri), { timeoutDuration: answerMaxMs, cooldownDuration: 1_000 })
}
