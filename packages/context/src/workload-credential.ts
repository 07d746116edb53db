import type { JsonWebKey } from 'node:crypto'
import { TenantryError } from './errors.ts'
import { projectedCredential } from './projected-credential.ts'
import { readSigningKey } from './signing-key.ts'
import { assertionCredential } from './workload-assertion.ts'
import type { WorkloadCredential } from './workload-audience.ts'

/** What a process is started with to prove itself by: one of the two. */
export interface WorkloadIdentity {
  /** Its id, which is a deployment's, or its kind for the platform's own processes. */
  readonly workload: string
  /** The private key that it signs assertions with. */
  readonly key?: JsonWebKey | undefined
  /** The folder in which it finds a token for each audience, kept there by somebody else. */
  readonly credentials?: { readonly folder: string } | undefined
}

/**
 * Makes what this process proves itself with: assertions that it signs, or service-account tokens from files.
 * Throws `CREDENTIAL_UNCLEAR` for a process that was given both or neither, and `KEY_INVALID`.
 */
export function createWorkloadCredential(identity: WorkloadIdentity): WorkloadCredential {
  const { workload, key, credentials } = identity
  if (key && !credentials) return assertionCredential(workload, readSigningKey(key))
  if (credentials && !key) return projectedCredential(credentials.folder)
  throw new TenantryError('CREDENTIAL_UNCLEAR', `\`${workload}\` has no credential, or two`, {
    help: 'give its document either `key` or `credentials`',
  })
}
