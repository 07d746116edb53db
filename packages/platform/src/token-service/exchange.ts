import type { DirectoryWorkload } from '@tenantry/routing'
import type { TokenService } from './token-service.ts'

/** One request for a token, from a workload that has proved who it is. */
export interface ExchangeRequest {
  readonly workload: DirectoryWorkload
  readonly subjectToken: string
  readonly form: URLSearchParams
}

/** One kind of exchange: what it answers besides the token's type. */
export type Exchange = (
  service: TokenService,
  request: ExchangeRequest,
) => Promise<{ access_token: string; expires_in: number; [more: string]: unknown }>
