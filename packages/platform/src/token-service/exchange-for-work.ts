import { randomUUID } from 'node:crypto'
import { isTenantId, workScope } from '@tenantry/context'
import { deploymentIdFor, requireActiveTenant } from '@tenantry/routing'
import type { Exchange } from './exchange.ts'
import { mint } from './mint.ts'
import { isReason, readRequestDetails } from './read-request-details.ts'
import { refuseRequest } from './refuse-request.ts'
import { requireGrant } from './require-grant.ts'
import { requireOwnSignature } from './require-own-signature.ts'
import { requireOwnTenant } from './require-own-tenant.ts'
import type { TokenService } from './token-service.ts'

/**
 * A workload's own word for a transaction token: for work that no request or event began, of a service that was granted
 * `work`, for a tenant that its deployment serves. The token carries the service's authority and names no user.
 * Throws `EXCHANGE_REFUSED` (403), `ROUTING_MISDIRECTED` (421), `TENANT_SUSPENDED`, `TENANT_UNKNOWN` (403).
 */
export const exchangeForWork: Exchange = async (service, { workload, subjectToken, form }) => {
  const deployment = requireGrant(service, workload, 'work')
  await requireOwnSignature(service, workload, subjectToken)
  const { tenant: claimed, reason } = readDetails(form)
  const tenant = requireActiveTenant(service.directory, claimed)
  requireOwnTenant(deployment, tenant)
  const { id, tier } = tenant
  const txn = randomUUID()
  // INVARIANT: no work without a request goes unrecorded. What cannot be recorded is not begun.
  service.recordWork({ workload: workload.id, tenant: id, reason, txn })
  const claims = {
    txn,
    sub: workload.id,
    scope: workScope,
    req_wl: workload.id,
    tctx: { tenant: { id, tier } },
  }
  const { token, expiresInS } = mint(service, claims)
  return { access_token: token, expires_in: expiresInS }
}

/** The tenants that a deployment with the grant `work` serves and that are active, by id. */
export function listTenantsOfWork(
  service: TokenService,
  workload: Parameters<typeof requireGrant>[1],
): object {
  const deployment = requireGrant(service, workload, 'work')
  const tenants = [...service.directory.tenants.values()]
    .filter(
      (tenant) => tenant.status === 'active' && deploymentIdFor(tenant, deployment.service) === deployment.id,
    )
    .map(({ id }) => id)
  return { tenants: tenants.sort() }
}

function readDetails(form: URLSearchParams): { tenant: string; reason: string } {
  const { tenant, reason } = readRequestDetails(form)
  if (isTenantId(tenant) && isReason(reason)) return { tenant, reason }
  throw refuseRequest('`request_details` is not `{"tenant": …, "reason": …}`')
}
