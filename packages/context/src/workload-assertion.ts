import { randomUUID } from 'node:crypto'
import { TenantryError } from './errors.ts'
import { type FindKey, type SigningKey, signJws, verifyJws } from './jws.ts'

const assertionType = 'client-authentication+jwt'
const lifetimeS = 60

/**
 * Signs the client assertion (RFC 7523, 2.2) with which a workload says who it is, for 60 s, to one audience.
 * It may be sent again while it lives.
 */
export function signWorkloadAssertion(workload: string, audience: string, key: SigningKey): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: workload, sub: workload, aud: audience, iat, exp: iat + lifetimeS, jti: randomUUID() }
  return signJws(assertionType, claims, key)
}

/** Verifies a client assertion and returns the workload's id. Throws `WORKLOAD_REFUSED` (401). */
export function verifyWorkloadAssertion(assertion: string, audience: string, findKey: FindKey): string {
  const claims = verifyJws(assertion, assertionType, findKey)
  const nowS = Date.now() / 1000
  const { sub, iss, aud, exp, iat } = claims
  const timely = typeof exp === 'number' && typeof iat === 'number' && exp > nowS && exp - iat <= lifetimeS
  if (typeof sub === 'string' && sub === iss && aud === audience && timely) return sub
  throw new TenantryError('WORKLOAD_REFUSED', 'the workload credential is not valid here', {
    status: 401,
    help: 'sign a new assertion with the key this workload was started with',
  })
}

/**
 * Returns a function that gives a live assertion, signed anew 15 s before the last one ends.
 * One signature serves many requests, and the other side may cache it by its bytes.
 */
export function assertionSource(workload: string, audience: string, key: SigningKey): () => string {
  let assertion = ''
  let freshUntilMs = 0
  return () => {
    if (Date.now() >= freshUntilMs) {
      assertion = signWorkloadAssertion(workload, audience, key)
      freshUntilMs = Date.now() + (lifetimeS - 15) * 1000
    }
    return assertion
  }
}
