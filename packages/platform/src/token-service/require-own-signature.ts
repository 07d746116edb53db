import type { DirectoryWorkload } from '@tenantry/routing'
import { createWorkloadAuthenticator } from '../authenticate-workload.ts'
import { refuseRequest } from './refuse-request.ts'
import type { TokenService } from './token-service.ts'

/**
 * Makes sure that a self-signed subject token (transaction tokens, draft 10, 14) is the workload's own. Throws
 * `WORKLOAD_REFUSED` (401) and `TOKEN_REQUEST_INVALID` (400).
 */
export function requireOwnSignature(
  { directory }: Pick<TokenService, 'directory'>,
  workload: DirectoryWorkload,
  subjectToken: string,
): void {
  const signer = createWorkloadAuthenticator(directory, 'token-service')(subjectToken)
  if (signer.id !== workload.id) throw refuseRequest('`subject_token` is another workload’s')
}
