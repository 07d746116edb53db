import { generateSigningJwk, publicJwk, type WorkloadIdentity } from '@tenantry/context'
import { type DirectoryWorkload, serviceAccountOf, type TenantryConfig } from '@tenantry/routing'

/** What a process proves itself with, and what it is known by to the others. */
export interface IssuedCredential {
  readonly workload: DirectoryWorkload
  readonly identity: WorkloadIdentity
}

/** For a process that is started from here: a new key, which its document carries and nothing else. */
export function issueKey({ id, kind }: Pick<DirectoryWorkload, 'id' | 'kind'>): IssuedCredential {
  const key = generateSigningJwk()
  return { workload: { id, kind, jwk: publicJwk(key) }, identity: { workload: id, key } }
}

/** For a deployment that something else starts: its service account where a cluster is configured, and otherwise a key. */
export function issueToDeployment(
  id: string,
  { workloads: { kubernetes } }: Pick<TenantryConfig, 'workloads'>,
): IssuedCredential {
  if (!kubernetes) return issueKey({ id, kind: 'service' })
  return {
    workload: { id, kind: 'service', serviceAccount: serviceAccountOf(kubernetes, id) },
    identity: { workload: id, credentials: { folder: kubernetes.folder } },
  }
}
