import { resolveByHeader } from './resolve-by-header.ts'
import { resolveByHost } from './resolve-by-host.ts'
import { resolveByPath } from './resolve-by-path.ts'
import type { ResolvableRequest, Resolver } from './resolver.ts'
import type { ResolverConfig } from './resolvers-config.ts'
import { tenantMismatch } from './tenant-mismatch.ts'

/** What all resolvers found together. */
export interface ChainResolution {
  /** The one tenant whose address it is; `undefined` for an address of nobody's. */
  readonly tenant: string | undefined
  /** Path and query, without what named the tenant. */
  readonly target: string
  /** The resolvers that found it. */
  readonly by: readonly ResolverConfig['by'][]
}

/**
 * Makes the chain of the declared resolvers. Each is asked, in their order and of what the one before left of the target; they
 * have to agree. What they find chooses nothing by itself: it narrows what a verified token may be used for.
 * The chain throws `REQUEST_AMBIGUOUS` (400) and, where two of them find different tenants, `TENANT_MISMATCH` (403).
 */
export function createResolverChain(
  declared: readonly ResolverConfig[],
): (request: ResolvableRequest) => ChainResolution {
  const resolvers = declared.map((one) => ({ by: one.by, resolve: createResolver(one) }))
  return (request) => {
    let tenant: string | undefined
    let { target } = request
    const found: ResolverConfig['by'][] = []
    for (const { by, resolve } of resolvers) {
      const resolution = resolve({ ...request, target })
      if (!resolution) continue
      if (tenant !== undefined && tenant !== resolution.tenant) throw tenantMismatch()
      tenant = resolution.tenant
      found.push(by)
      target = resolution.target ?? target
    }
    return { tenant, target, by: found }
  }
}

function createResolver(declared: ResolverConfig): Resolver {
  switch (declared.by) {
    case 'host':
      return resolveByHost(declared)
    case 'path':
      return resolveByPath(declared)
    case 'header':
      return resolveByHeader(declared)
  }
}
