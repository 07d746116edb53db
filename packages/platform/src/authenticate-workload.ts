import { keyFinder, peekKid, TenantryError, verifyWorkloadAssertion } from '@tenantry/context'
import type { Directory, DirectoryWorkload } from '@tenantry/routing'

/** Finds out which workload sent an assertion; rejects with `WORKLOAD_REFUSED` (401). */
export type WorkloadAuthenticator = (assertion: string) => DirectoryWorkload

const entriesMax = 10_000

/**
 * Makes an authenticator of workloads for one audience, which knows those that the directory tells of. A workload
 * sends one assertion many times; its verification is remembered by its bytes for 10 s.
 */
export function createWorkloadAuthenticator(directory: Directory, audience: string): WorkloadAuthenticator {
  const verified = new Map<string, { workload: DirectoryWorkload; untilMs: number }>()
  return (assertion) => {
    const known = verified.get(assertion)
    // A workload that was given another key since is another one.
    if (
      known &&
      known.untilMs > Date.now() &&
      directory.workloads.get(known.workload.id)?.jwk.kid === known.workload.jwk.kid
    ) {
      return known.workload
    }
    const workload = findWorkload(directory, assertion)
    const id = verifyWorkloadAssertion(assertion, audience, keyFinder([workload.jwk]))
    if (id !== workload.id) throw refused()
    if (verified.size >= entriesMax) verified.clear()
    verified.set(assertion, { workload, untilMs: Date.now() + 10_000 })
    return workload
  }
}

function findWorkload({ workloads }: Directory, assertion: string): DirectoryWorkload {
  const kid = peekKid(assertion)
  for (const workload of workloads.values()) if (workload.jwk.kid === kid) return workload
  throw refused()
}

function refused(): TenantryError {
  return new TenantryError('WORKLOAD_REFUSED', 'the workload credential is not valid here', {
    status: 401,
    help: 'the control plane tells of each workload when it is started; see its log',
  })
}
