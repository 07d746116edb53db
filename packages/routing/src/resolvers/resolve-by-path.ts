import { isTenantId } from '@tenantry/context'
import { requestAmbiguous } from './request-ambiguous.ts'
import type { Resolver } from './resolver.ts'
import type { PathResolverConfig } from './resolvers-config.ts'

/** By the path's beginning, which is taken away: `/t/tenant-a/orders` is `/orders` of tenant-a. */
export function resolveByPath({ prefix }: PathResolverConfig): Resolver {
  return ({ target }) => {
    if (!target.startsWith(prefix)) return undefined
    const [, tenant, rest = ''] = /^\/([^/?]*)(.*)$/s.exec(target.slice(prefix.length)) ?? []
    // `/tea` begins as `/t` does, and is another path.
    if (tenant === undefined && /^[^?]/.test(target.slice(prefix.length))) return undefined
    // Neither decoded nor folded: what is not an id as it stands could be read as one by somebody else.
    if (!isTenantId(tenant)) throw requestAmbiguous('the path names no tenant in plain form')
    return { tenant, target: rest.startsWith('/') ? rest : `/${rest}` }
  }
}
