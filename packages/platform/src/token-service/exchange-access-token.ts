import { randomUUID } from 'node:crypto'
import { requestScope } from '@tenantry/context'
import { type DirectoryTenant, requireActiveTenant } from '@tenantry/routing'
import type { AccessTokenClaims } from '../access-token/verify-access-token.ts'
import type { Exchange, ExchangeRequest } from './exchange.ts'
import { mint } from './mint.ts'
import { refuseRequest } from './refuse-request.ts'
import type { TokenService } from './token-service.ts'

/**
 * An access token for a transaction token. The access token is verified here, and so is the choice among its tenants:
 * the caller's word is not taken. Tier and status come from the directory.
 */
export const exchangeAccessToken: Exchange = (service, request) =>
  exchangeFor(service, request, () => undefined)

/** The same, for the tenants that `requireServed` does not throw for. */
export async function exchangeFor(
  service: TokenService,
  request: ExchangeRequest,
  requireServed: (tenant: DirectoryTenant) => unknown,
): ReturnType<Exchange> {
  const claims = await service.accessTokens.verify(request.subjectToken, readChoice(request.form))
  return mintForBearer(service, request, claims, requireServed)
}

/** A transaction token for the bearer that verified `claims` are of. */
export async function mintForBearer(
  service: TokenService,
  { workload, form }: ExchangeRequest,
  claims: AccessTokenClaims,
  requireServed: (tenant: DirectoryTenant) => unknown = () => undefined,
): ReturnType<Exchange> {
  const tenant = requireActiveTenant(service.directory, claims.tenant)
  requireServed(tenant)
  const { id, tier } = tenant
  const { token, expiresInS } = mint(
    service,
    {
      txn: readTransaction(form.get('request_details')),
      sub: claims.subject,
      scope: requestScope,
      req_wl: workload.id,
      tctx: { tenant: { id, tier }, ...(claims.role === undefined ? {} : { role: claims.role }) },
    },
    claims.expiresAtMs,
  )
  return { access_token: token, expires_in: expiresInS }
}

/** The tenant that the request chose, if it did. */
export function readChoice(form: URLSearchParams): string | undefined {
  const [choice, ...more] = form.getAll('active_tenant')
  if (more.length > 0) throw refuseRequest('`active_tenant` has to be given once')
  return choice
}

function readTransaction(details: string | null): string {
  if (details === null) return randomUUID()
  try {
    const { txn } = JSON.parse(details) as { txn?: unknown }
    if (typeof txn === 'string' && /^[\w.-]{1,128}$/.test(txn)) return txn
  } catch {
    // Refused below, like any other text.
  }
  throw refuseRequest('`request_details` is not `{"txn": …}`')
}
