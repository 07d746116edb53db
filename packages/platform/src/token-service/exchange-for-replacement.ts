import { TenantryError, verifyTransactionClaims } from '@tenantry/context'
import { requireActiveTenant } from '@tenantry/routing'
import type { Exchange } from './exchange.ts'
import { mint } from './mint.ts'
import { refuseRequest } from './refuse-request.ts'
import { requireLiveBearer } from './require-live-bearer.ts'
import { requireOwnTenant } from './require-own-tenant.ts'

const workMaxMs = 60 * 60 * 1000

/**
 * A live transaction token for another of the same transaction, so that work can go on beyond 60 s: for a deployment that serves
 * its tenant, for an hour after the transaction began. `txn`, `sub`, `aud`, `scope` and `tctx` stay as they are, and who asked
 * is appended to `req_wl` (transaction tokens, draft 10: a Txn-Token as a subject token).
 * Throws `TOKEN_EXPIRED` (401), `WORK_TOO_LONG`, `TENANT_SUSPENDED`, `TENANT_UNKNOWN` (403), `ROUTING_MISDIRECTED` (421).
 */
export const exchangeForReplacement: Exchange = async (service, { workload, subjectToken, form }) => {
  const { config, directory, signingKeys } = service
  const claims = verifyTransactionClaims(subjectToken, {
    audience: config.trustDomain,
    findKey: signingKeys.find,
  })
  const { txn, sub, scope, req_wl, rctx, tctx } = claims
  if (form.get('scope') !== scope) throw refuseRequest('`scope` is not that of the token')
  requireOwnTenant(directory.deployments.get(workload.id), requireActiveTenant(directory, tctx.tenant.id))
  requireLiveBearer(directory, sub)
  const endsAtMs = rctx.began * 1000 + workMaxMs
  if (Date.now() >= endsAtMs) throw tooLong()
  const { token, expiresInS } = mint(
    service,
    { txn, sub, scope, req_wl: appendTo(req_wl, workload.id), rctx, tctx },
    endsAtMs,
  )
  return { access_token: token, expires_in: expiresInS }
}

// Who asks again is there already.
function appendTo(workloads: string, asking: string): string {
  return workloads.split(',').at(-1) === asking ? workloads : `${workloads},${asking}`
}

function tooLong(): TenantryError {
  return new TenantryError('WORK_TOO_LONG', 'this work began more than an hour ago', {
    status: 403,
    help: 'split it with events, or into several pieces of work',
  })
}
