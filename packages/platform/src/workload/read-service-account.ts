import { refuseWorkload } from './refuse-workload.ts'

/** A service account, as a token of its own tells of it. */
export interface ServiceAccountToken {
  /** `system:serviceaccount:<namespace>:<name>`. */
  readonly subject: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
}

/** What a token has to be of, and for. */
export interface ServiceAccountRules {
  readonly issuer: string
  readonly namespace: string
  readonly audience: string
}

const lifetimeMaxS = 3_600
const clockSkewS = 5

/**
 * Reads the claims of a bound service-account token, in the form that Kubernetes gives them: `sub` has to say what `kubernetes.io`
 * says, `aud` has to be this audience alone, and it has to be bound to a pod, so that what was made without one, or for a secret that
 * never ends, is none. Throws `WORKLOAD_REFUSED` (401) with the rule that it breaks.
 */
export function readServiceAccount(
  claims: Readonly<Record<string, unknown>>,
  { issuer, namespace, audience }: ServiceAccountRules,
): ServiceAccountToken {
  const { iss, aud, sub, exp, iat, nbf } = claims
  if (iss !== issuer) throw refuseWorkload('it is not of the cluster’s issuer')
  const [only, ...others] = Array.isArray(aud) ? aud : []
  if (only !== audience || others.length > 0) throw refuseWorkload('it is for another audience')
  const nowS = Date.now() / 1000
  if (!isSeconds(exp) || !isSeconds(iat) || !isSeconds(nbf))
    throw refuseWorkload('it lacks `exp`, `iat` or `nbf`')
  if (exp <= nowS) throw refuseWorkload('it has expired')
  if (Math.max(iat, nbf) > nowS + clockSkewS) throw refuseWorkload('it is not valid yet')
  if (exp - Math.min(iat, nbf) > lifetimeMaxS) throw refuseWorkload('it lives for more than an hour')
  const bound = readObject(claims['kubernetes.io'])
  const [{ name, uid }, pod] = [readObject(bound.serviceaccount), readObject(bound.pod)]
  if (!isName(name) || !isName(uid) || !isName(pod.name) || !isName(pod.uid))
    throw refuseWorkload('it is not bound to a service account and a pod')
  if (bound.namespace !== namespace) throw refuseWorkload('it is of another namespace')
  const subject = `system:serviceaccount:${namespace}:${name}`
  if (sub !== subject) throw refuseWorkload('its subject is not its service account')
  return { subject, name, expiresAtMs: exp * 1000 }
}

// RFC 1123, in which service accounts, pods and uids are named: no colon, so that no two pairs of names make one subject.
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(value)
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function readObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
