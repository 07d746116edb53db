import { randomUUID } from 'node:crypto'
import { requireActiveTenant } from '@tenantry/routing'
import type { Exchange } from './exchanges.ts'
import { mint } from './mint.ts'
import { refuseRequest } from './refuse-request.ts'

/**
 * An access token for a transaction token. The access token is verified here and the gateway's word not taken; tier
 * and status come from the directory.
 */
export const exchangeAccessToken: Exchange = async (service, { workload, subjectToken, form }) => {
  const claims = await service.accessTokens.verify(subjectToken)
  const { id, tier } = requireActiveTenant(service.directory, claims.tenant)
  const { token, expiresInS } = mint(
    service,
    {
      txn: readTransaction(form.get('request_details')),
      sub: claims.subject,
      scope: 'request',
      req_wl: workload.id,
      tctx: { tenant: { id, tier }, ...(claims.role === undefined ? {} : { role: claims.role }) },
    },
    claims.expiresAtMs,
  )
  return { access_token: token, expires_in: expiresInS }
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
