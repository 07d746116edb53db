import { isTenantId } from '@tenantry/context'
import { createAddressRanges } from './address-ranges.ts'
import { requestAmbiguous } from './request-ambiguous.ts'
import type { Resolver } from './resolver.ts'
import type { HeaderResolverConfig } from './resolvers-config.ts'

/** By a header that a proxy in front sets. From any other peer it is as if it were not there. */
export function resolveByHeader({ name, trustedProxies }: HeaderResolverConfig): Resolver {
  const isTrusted = createAddressRanges(trustedProxies)
  return ({ header, peerAddress }) => {
    const [tenant, ...more] = header(name)
    if (tenant === undefined || !isTrusted(peerAddress)) return undefined
    if (more.length > 0) throw requestAmbiguous(`\`${name}\` is given twice`)
    if (!isTenantId(tenant)) throw requestAmbiguous(`\`${name}\` holds no tenant’s id`)
    return { tenant }
  }
}
