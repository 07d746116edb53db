import { randomUUID } from 'node:crypto'
import { centralRoleOf, deriveDatabaseKey, deriveTenantKey, everyTenant } from '@tenantry/isolation'
import type { Exchange } from './exchange.ts'
import { isReason, readRequestDetails } from './read-request-details.ts'
import { refuseRequest } from './refuse-request.ts'
import { requireGrant } from './require-grant.ts'
import { requireOwnSignature } from './require-own-signature.ts'

const lifetimeMaxMs = 60_000

/**
 * A workload's own word for the key with which it signs leases for central work, for 60 s: for a service that was granted
 * `central`. The key is for the deployment's central role in its own database, and names no tenant.
 * Throws `EXCHANGE_REFUSED` (403), `TOKEN_REQUEST_INVALID` (400).
 */
export const exchangeForCentral: Exchange = async (service, { workload, subjectToken, form }) => {
  const deployment = requireGrant(service, workload, 'central')
  await requireOwnSignature(service, workload, subjectToken)
  const { reason } = readRequestDetails(form)
  if (!isReason(reason)) throw refuseRequest('`request_details` is not `{"reason": …}`')
  const { database } = deployment
  const role = centralRoleOf(deployment.role)
  const txn = randomUUID()
  // INVARIANT: nobody reads across tenants off the record. What cannot be recorded is not begun.
  service.recordCentral({ workload: workload.id, database, reason, txn })
  const { kid, key: master } = service.leaseMasters.current
  const lifetimeMs = Math.min(service.tenantKeyLifetimeMs ?? lifetimeMaxMs, lifetimeMaxMs)
  const claims = { role, tenant: everyTenant, kid, expiresAtMs: Date.now() + lifetimeMs }
  const key = deriveTenantKey(deriveDatabaseKey(master, database, kid), claims)
  const { expiresAtMs, tenant } = claims
  return {
    access_token: key.toString('base64url'),
    expires_in: lifetimeMs / 1000,
    expires_at: expiresAtMs,
    ...{ tenant, role, database, kid, txn },
  }
}
