import { createResolverChain, type TenantryConfig } from '@tenantry/routing'
import type { Step } from './exchange.ts'
import { headerValues } from './received-request.ts'

type Chain = ReturnType<typeof createResolverChain>

const chains = new WeakMap<TenantryConfig, Chain>()

/**
 * Finds whose address the request came to, by the declared resolvers: what the next step holds the token to, and nothing more.
 * Throws `REQUEST_AMBIGUOUS` (400), or `TENANT_MISMATCH` (403) where two resolvers disagree.
 */
export const resolveTenant: Step = ({ config }, exchange) => {
  if (config.resolvers.length === 0) return
  const { received } = exchange
  const { tenant, target, by } = chainOf(config)({
    host: headerValues(received, 'host')[0] ?? '',
    target: received.target,
    header: (name) => headerValues(received, name),
    peerAddress: received.peerAddress,
  })
  exchange.addressed = tenant
  exchange.target = target
  exchange.resolvedBy = by
}

function chainOf(config: TenantryConfig): Chain {
  let chain = chains.get(config)
  if (!chain) {
    chain = createResolverChain(config.resolvers)
    chains.set(config, chain)
  }
  return chain
}
