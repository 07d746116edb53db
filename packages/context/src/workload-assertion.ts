import { randomUUID } from 'node:crypto'
import { TenantryError } from './errors.ts'
import { type FindKey, type SigningKey, signJws, verifyJws } from './jws.ts'
import type { WorkloadAudience, WorkloadCredential } from './workload-audience.ts'

/** The JOSE `typ` of workload assertions (RFC 7523bis), which tells them from every other token. */
export const assertionType = 'client-authentication+jwt'

const lifetimeS = 600
/** Half of its life: who has seen one knows it for as long again, whether the token service is there or not. */
const freshMs = (lifetimeS * 1000) / 2

/**
 * Signs the client assertion (RFC 7523, 2.2) with which a workload says who it is, for 10 minutes, to one audience.
 * It may be sent again while it lives.
 */
export function signWorkloadAssertion(workload: string, audience: WorkloadAudience, key: SigningKey): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: workload, sub: workload, aud: audience, iat, exp: iat + lifetimeS, jti: randomUUID() }
  return signJws(assertionType, claims, key)
}

/**
 * Verifies a client assertion: the workload that signed it, and its end in milliseconds since 1970. Throws `WORKLOAD_REFUSED`
 * (401), or as a JWS is refused.
 */
export function verifyWorkloadAssertion(
  assertion: string,
  audience: WorkloadAudience,
  findKey: FindKey,
): { workload: string; expiresAtMs: number } {
  const claims = verifyJws(assertion, assertionType, findKey)
  const nowS = Date.now() / 1000
  const { sub, iss, aud, exp, iat } = claims
  const timely = typeof exp === 'number' && typeof iat === 'number' && exp > nowS && exp - iat <= lifetimeS
  if (typeof sub === 'string' && sub === iss && aud === audience && timely)
    return { workload: sub, expiresAtMs: exp * 1000 }
  throw new TenantryError('WORKLOAD_REFUSED', 'the workload credential is not valid here', {
    status: 401,
    help: 'sign a new assertion with the key this workload was started with',
  })
}

/**
 * Gives live assertions, one for each audience, signed anew when the last one has half of its life left. One signature serves many requests,
 * and the other side may cache it by its bytes.
 */
export function assertionCredential(workload: string, key: SigningKey): WorkloadCredential {
  const signed = new Map<WorkloadAudience, { assertion: string; freshUntilMs: number }>()
  return (audience) => {
    let last = signed.get(audience)
    if (!last || Date.now() >= last.freshUntilMs) {
      const assertion = signWorkloadAssertion(workload, audience, key)
      last = { assertion, freshUntilMs: Date.now() + freshMs }
      signed.set(audience, last)
    }
    return last.assertion
  }
}
