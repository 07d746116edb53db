import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '../config.ts'
import { placementOfTier } from '../placement.ts'

/** A tenant's silo by the name that tells nothing of the tenant, and the tier that says which services it has. */
export interface Silo {
  readonly name: string
  readonly tier: string
}

/**
 * Reads `3f9c2a71=premium`, or `3f9c2a71` where one tier alone has silos. Throws `SILO_NAME_INVALID` for what is no silo's
 * name, such as a tenant's id, `SILO_TIER_UNCLEAR`, and `TIER_UNKNOWN`.
 */
export function readSilo(text: string, config: Pick<TenantryConfig, 'tiers' | 'services'>): Silo {
  const [name = '', named, ...more] = text.split('=')
  // INVARIANT: manifests name no tenant. A silo's name is what the control plane gave it.
  if (!/^[0-9a-f]{8}$/.test(name) || more.length > 0) {
    throw new TenantryError('SILO_NAME_INVALID', `\`${text}\` is not the name of a silo`, {
      help: 'give the silo that `tenantry tenant show` prints, eight hexadecimal digits, and not the tenant',
    })
  }
  const siloed = (tier: string) => Object.values(placementOfTier(config, tier)).includes('silo')
  const tiers = named === undefined ? Object.keys(config.tiers).filter(siloed) : [named]
  const [tier, another] = tiers
  if (tier === undefined || another !== undefined || !siloed(tier)) {
    throw new TenantryError('SILO_TIER_UNCLEAR', `it is not clear which services silo \`${name}\` has`, {
      help: another ? `name its tier: \`${name}=${tier}\`, …` : 'name a tier that places services in a silo',
    })
  }
  return { name, tier }
}
