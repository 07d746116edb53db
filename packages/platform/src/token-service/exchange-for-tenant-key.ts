import { TenantryError, verifyTransactionToken } from '@tenantry/context'
import { deriveDatabaseKey, deriveTenantKey } from '@tenantry/isolation'
import { deploymentIdFor, requireActiveTenant } from '@tenantry/routing'
import type { Exchange } from './exchanges.ts'

const lifetimeMaxMs = 60_000

/**
 * A live transaction token for the key with which one deployment signs leases for that token's tenant, for 60 s.
 * Role and database are the deployment's own, as the directory says; the caller names neither.
 */
export const exchangeForTenantKey: Exchange = async (service, { workload, subjectToken }) => {
  const { config, directory, leaseMasters, findTransactionKey } = service
  const context = verifyTransactionToken(subjectToken, {
    audience: config.trustDomain,
    findKey: findTransactionKey,
  })
  const tenant = requireActiveTenant(directory, context.tenant.id)
  const deployment = directory.deployments.get(workload.id)
  // INVARIANT: services cannot mint. A key is for a tenant whose token came here, and whom this deployment serves.
  if (!deployment || deploymentIdFor(tenant, deployment.service) !== deployment.id) {
    throw new TenantryError('ROUTING_MISDIRECTED', 'this deployment does not serve the tenant', {
      status: 421,
      help: 'ask the directory again where the tenant is served',
    })
  }
  const { kid, key: master } = leaseMasters.current
  const lifetimeMs = Math.min(service.tenantKeyLifetimeMs ?? lifetimeMaxMs, lifetimeMaxMs)
  const { role, database } = deployment
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
