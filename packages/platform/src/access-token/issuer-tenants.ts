import { isTenantId } from '@tenantry/context'
import type { IssuerConfig } from '@tenantry/routing'

/** Our id of the tenant that an issuer names so, or `undefined` for one that it may not speak for. */
export type FindIssuerTenant = (theirs: string) => string | undefined

/** Makes the look-up of one issuer's tenants. Without `tenants`, or with `*`, each value is our id as it stands. */
export function createIssuerTenants(tenants: IssuerConfig['tenants']): FindIssuerTenant {
  const find = tenantFinder(tenants ?? '*')
  return (theirs) => {
    const ours = find(theirs)
    // What an issuer says becomes a name of ours only when it has the form of one.
    return isTenantId(ours) ? ours : undefined
  }
}

function tenantFinder(tenants: NonNullable<IssuerConfig['tenants']>): FindIssuerTenant {
  if (tenants === '*') return (theirs) => theirs
  if (Array.isArray(tenants)) {
    const named = new Set(tenants)
    return (theirs) => (named.has(theirs) ? theirs : undefined)
  }
  const entries = Object.entries(tenants)
  const exact = new Map(entries.filter(([theirs]) => !theirs.endsWith('*')))
  // The longest beginning first: what is said of some is said against what is said of all.
  const prefixes = entries
    .filter(([theirs]) => theirs.endsWith('*'))
    .map(([theirs, ours]) => [theirs.slice(0, -1), ours.slice(0, -1)] as const)
    .sort(([one], [other]) => other.length - one.length)
  return (theirs) => {
    const known = exact.get(theirs)
    if (known !== undefined) return known
    const [begins, becomes] = prefixes.find(([beginning]) => theirs.startsWith(beginning)) ?? []
    return begins === undefined ? undefined : `${becomes}${theirs.slice(begins.length)}`
  }
}
