import {
  assertionType,
  keyFinder,
  peekKid,
  peekType,
  verifyWorkloadAssertion,
  type WorkloadAudience,
} from '@tenantry/context'
import type { Directory, DirectoryWorkload, TenantryConfig } from '@tenantry/routing'
import { refuseWorkload } from './refuse-workload.ts'
import { createServiceAccountVerifier } from './verify-service-account-token.ts'

/** A workload that has proved who it is. */
export interface AuthenticatedWorkload {
  readonly workload: DirectoryWorkload
  /** When its credential ends, in milliseconds since 1970. */
  readonly expiresAtMs: number
}

/**
 * Finds out whose credential it is, for one audience. Rejects with `WORKLOAD_REFUSED` (401), as a JWS is refused, or with
 * `WORKLOAD_ISSUER_DOWN` (503) when a cluster's keys cannot be got.
 */
export type WorkloadAuthenticator = (
  credential: string,
  audience: WorkloadAudience,
) => Promise<AuthenticatedWorkload>

interface Verified extends AuthenticatedWorkload {
  readonly audience: WorkloadAudience
}

const entriesMax = 10_000

/**
 * Makes an authenticator of the workloads that the directory tells of, each by what it is bound to there: assertions signed with
 * its key, or tokens of its service account. A workload sends one credential many times; its verification is remembered by its
 * bytes until it ends.
 */
export function createWorkloadAuthenticator(
  directory: Directory,
  { trustDomain, workloads: { kubernetes } }: Pick<TenantryConfig, 'trustDomain' | 'workloads'>,
): WorkloadAuthenticator {
  const verified = new Map<string, Verified>()
  const verifyToken = kubernetes && createServiceAccountVerifier(kubernetes, trustDomain)

  async function verifyAnew(credential: string, audience: WorkloadAudience): Promise<AuthenticatedWorkload> {
    // Each kind is verified by its own rules alone (RFC 8725, 3.12).
    if (peekType(credential) === assertionType) return verifyAssertion(directory, credential, audience)
    if (!verifyToken) throw refuseWorkload('it is no assertion, and no cluster is configured')
    const { name, subject, expiresAtMs } = await verifyToken(credential, audience)
    const workload = directory.workloads.get(name)
    // INVARIANT: a service account is the workload of its own name and namespace, and none that is bound to a key.
    if (workload?.serviceAccount !== subject) throw refuseWorkload('its service account is no workload’s')
    return { workload, expiresAtMs }
  }

  return async (credential, audience) => {
    const known = verified.get(credential)
    if (known && known.expiresAtMs > Date.now() && isStill(directory, known.workload)) {
      if (known.audience !== audience) throw refuseWorkload('it is for another audience')
      return known
    }
    const { workload, expiresAtMs } = await verifyAnew(credential, audience)
    if (verified.size >= entriesMax) verified.clear()
    verified.set(credential, { workload, expiresAtMs, audience })
    return { workload, expiresAtMs }
  }
}

function verifyAssertion(
  { workloads }: Directory,
  assertion: string,
  audience: WorkloadAudience,
): AuthenticatedWorkload {
  const kid = peekKid(assertion)
  for (const workload of workloads.values()) {
    if (workload.jwk === undefined || workload.jwk.kid !== kid) continue
    const { workload: id, expiresAtMs } = verifyWorkloadAssertion(
      assertion,
      audience,
      keyFinder([workload.jwk]),
    )
    if (id !== workload.id) break
    return { workload, expiresAtMs }
  }
  throw refuseWorkload('it is signed with no workload’s key')
}

// A workload that was given another key since, or another kind of credential, is another one.
function isStill({ workloads }: Directory, { id, jwk, serviceAccount }: DirectoryWorkload): boolean {
  const now = workloads.get(id)
  return now !== undefined && now.jwk?.kid === jwk?.kid && now.serviceAccount === serviceAccount
}
