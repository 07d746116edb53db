import type { DirectoryWorkload } from '@tenantry/routing'
import { refuseRequest } from './refuse-request.ts'
import type { TokenService } from './token-service.ts'

/**
 * Makes sure that a self-signed subject token (transaction tokens, draft 10, 14) is the workload's own word: what it proves itself
 * to the token service with. Rejects with `WORKLOAD_REFUSED` (401), `TOKEN_REQUEST_INVALID` (400), `WORKLOAD_ISSUER_DOWN` (503).
 */
export async function requireOwnSignature(
  { workloads }: Pick<TokenService, 'workloads'>,
  workload: DirectoryWorkload,
  subjectToken: string,
): Promise<void> {
  const { workload: signer } = await workloads(subjectToken, 'token-service')
  if (signer.id !== workload.id) throw refuseRequest('`subject_token` is another workload’s')
}
