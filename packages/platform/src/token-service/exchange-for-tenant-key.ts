import { verifyTransactionToken } from '@tenantry/context'
import { deriveDatabaseKey, deriveTenantKey } from '@tenantry/isolation'
import { requireActiveTenant } from '@tenantry/routing'
import type { Exchange } from './exchange.ts'
import { requireLiveBearer } from './require-live-bearer.ts'
import { requireOwnTenant } from './require-own-tenant.ts'

const lifetimeMaxMs = 60_000

/**
 * A live transaction token for the key with which one deployment signs leases for that token's tenant, for 60 s.
 * Role and database are the deployment's own, as the directory says; the caller names neither.
 */
export const exchangeForTenantKey: Exchange = async (service, { workload, subjectToken }) => {
  const { config, directory, leaseMasters, signingKeys } = service
  const context = verifyTransactionToken(subjectToken, {
    audience: config.trustDomain,
    findKey: signingKeys.find,
  })
  const tenant = requireActiveTenant(directory, context.tenant.id)
  if (context.user) requireLiveBearer(directory, context.user.id)
  const { role, database } = requireOwnTenant(directory.deployments.get(workload.id), tenant)
  const { kid, key: master } = leaseMasters.current
  const lifetimeMs = Math.min(service.tenantKeyLifetimeMs ?? lifetimeMaxMs, lifetimeMaxMs)
  const expiresAtMs = Date.now() + lifetimeMs
  const key = deriveTenantKey(deriveDatabaseKey(master, database, kid), {
    role,
    tenant: tenant.id,
    kid,
    expiresAtMs,
  })
  return {
    access_token: key.toString('base64url'),
    expires_in: lifetimeMs / 1000,
    expires_at: expiresAtMs,
    tenant: tenant.id,
    role,
    database,
    kid,
  }
}
