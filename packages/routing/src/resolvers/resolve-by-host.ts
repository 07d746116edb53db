import { isTenantId } from '@tenantry/context'
import { readHost } from './read-host.ts'
import { requestAmbiguous } from './request-ambiguous.ts'
import type { Resolver } from './resolver.ts'
import { type HostResolverConfig, patternEnd } from './resolvers-config.ts'

/** By the host that the caller asked for: a tenant's own domain, or a name under all tenants' common one. */
export function resolveByHost({ pattern, domains, shared }: HostResolverConfig): Resolver {
  const owners = new Map(Object.entries(domains))
  const nobodys = new Set(shared)
  const end = pattern && patternEnd(pattern)
  return (request) => {
    const host = readHost(request.host)
    if (host === undefined) throw requestAmbiguous('`host` is not in its plain form')
    const owner = owners.get(host)
    if (owner !== undefined) return { tenant: owner }
    if (!end || !host.endsWith(end) || nobodys.has(host)) return undefined
    const tenant = host.slice(0, -end.length)
    // What is under the tenants' domain and no tenant's name is nobody's address, such as `a.b.shop.example` and `xn--…`.
    if (!isTenantId(tenant)) throw requestAmbiguous('`host` is no tenant’s')
    return { tenant }
  }
}
