import { TenantryError } from '@tenantry/context'
import type { TenantryConfig, TierConfig } from './config.ts'

/** Where a tenant's share of one service lives: shared with others, or its own. */
export type PlacementKind = 'pool' | 'silo'

/** One placement for each service. */
export type Placement = Readonly<Record<string, PlacementKind>>

/** The placement that a tier gives to every service. Throws `TIER_UNKNOWN` (400). */
export function placementOfTier(
  config: Pick<TenantryConfig, 'services'> & {
    tiers: Readonly<Record<string, Pick<TierConfig, 'placement'>>>
  },
  tier: string,
): Placement {
  const declared = Object.hasOwn(config.tiers, tier) ? config.tiers[tier] : undefined
  if (!declared) {
    throw new TenantryError('TIER_UNKNOWN', 'there is no such tier', {
      status: 400,
      help: `use one of: ${Object.keys(config.tiers).join(', ')}`,
    })
  }
  const { placement } = declared
  const kindOf = (service: string): PlacementKind =>
    typeof placement === 'string' ? placement : (placement[service] ?? placement['*'] ?? 'pool')
  return Object.fromEntries(Object.keys(config.services).map((service) => [service, kindOf(service)]))
}
