import { signTransactionToken, type TransactionClaims } from '@tenantry/context'
import type { TokenService } from './token-service.ts'

const lifetimeS = 60

/** Signs a transaction token that lives for 60 s, and never beyond `endsAtMs`. It begins a transaction unless `rctx` says when that began. */
export function mint(
  service: TokenService,
  claims: Pick<TransactionClaims, 'txn' | 'sub' | 'scope' | 'req_wl' | 'tctx'> &
    Partial<Pick<TransactionClaims, 'rctx'>>,
  endsAtMs = Number.POSITIVE_INFINITY,
): { token: string; expiresInS: number } {
  const iat = Math.floor(Date.now() / 1000)
  const exp = Math.min(iat + lifetimeS, Math.floor(endsAtMs / 1000))
  const { trustDomain } = service.config
  const token = signTransactionToken(
    { iss: trustDomain, aud: trustDomain, iat, exp, rctx: { began: iat }, ...claims },
    service.signingKeys.current,
  )
  return { token, expiresInS: exp - iat }
}
