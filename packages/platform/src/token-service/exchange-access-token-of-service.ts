import { TenantryError } from '@tenantry/context'
import type { Exchange } from './exchange.ts'
import { exchangeFor } from './exchange-access-token.ts'
import { requireOwnTenant } from './require-own-tenant.ts'

/**
 * An access token that reached a service itself for a transaction token. Only a service that declares
 * `acceptsAccessTokens` may, and only for a tenant that its deployment serves; the token says by `req_wl` which one it was.
 * Throws `EXCHANGE_REFUSED` (403), `ROUTING_MISDIRECTED` (421), and as the gateway's exchange does.
 */
export const exchangeAccessTokenOfService: Exchange = async (service, request) => {
  const { config, directory } = service
  const deployment = directory.deployments.get(request.workload.id)
  if (!deployment || !config.services[deployment.service]?.acceptsAccessTokens) {
    throw new TenantryError('EXCHANGE_REFUSED', 'this service does not accept access tokens', {
      status: 403,
      help: 'declare `acceptsAccessTokens: true` of the service in tenantry.config.ts, or call it through the gateway',
    })
  }
  return exchangeFor(service, request, (tenant) => requireOwnTenant(deployment, tenant))
}
