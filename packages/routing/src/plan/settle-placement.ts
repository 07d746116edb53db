import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '../config.ts'
import type { DirectoryTenant } from '../directory.ts'
import { type Placement, type PlacementKind, placementOfTier } from '../placement.ts'

/** A service that a tier places elsewhere now than where a tenant has it. */
export interface PlacementMove {
  readonly service: string
  readonly from: PlacementKind
  readonly to: PlacementKind
}

/** What a configuration means for a tenant that was placed before. */
export interface SettledPlacement {
  /** Where the tenant has each service: as it was placed, and as its tier says for services that are new to it. */
  readonly placement: Placement
  /** The services that are new to it. */
  readonly added: readonly string[]
  /** What would have to be moved. Nothing moves a tenant yet, so a configuration with such is refused. */
  readonly moves: readonly PlacementMove[]
}

/**
 * Compares where a tenant was placed with where its tier places it now. What a service that was taken out of the configuration had is
 * kept: its rows are there still. Throws `TIER_UNKNOWN`.
 */
export function settlePlacement(
  config: Pick<TenantryConfig, 'tiers' | 'services'>,
  { tier, placement: recorded }: Pick<DirectoryTenant, 'tier' | 'placement'>,
): SettledPlacement {
  const wanted = Object.entries(placementOfTier(config, tier))
  const added = wanted.filter(([service]) => !Object.hasOwn(recorded, service))
  const moves = wanted.flatMap(([service, to]) => {
    const from = recorded[service]
    return from === undefined || from === to ? [] : [{ service, from, to }]
  })
  return {
    placement: { ...recorded, ...Object.fromEntries(added) },
    added: added.map(([service]) => service),
    moves,
  }
}

/**
 * Why a configuration cannot be applied to these tenants, in one error: `TIER_IN_USE` (409) for a tier that is no more, `PLACEMENT_CHANGE`
 * (409) for tenants that would have to move. `undefined` when it can.
 */
export function findPlacementRefusal(
  config: Pick<TenantryConfig, 'tiers' | 'services'>,
  tenants: readonly Pick<DirectoryTenant, 'id' | 'tier' | 'placement'>[],
): TenantryError | undefined {
  const [homeless] = tenants.filter(({ tier }) => !Object.hasOwn(config.tiers, tier))
  if (homeless) return tierInUse(homeless.tier, tenants.filter(({ tier }) => tier === homeless.tier).length)
  const moving = tenants.flatMap((tenant) => {
    const [move] = settlePlacement(config, tenant).moves
    return move ? [{ ...tenant, ...move }] : []
  })
  const [first] = moving
  return first && placementChange(first, moving.length)
}

/** The refusal of a tier that is no more. */
export function tierInUse(tier: string, count: number): TenantryError {
  return new TenantryError('TIER_IN_USE', `tier \`${tier}\` is no more, and ${tenants(count)} it`, {
    status: 409,
    help: `put tier \`${tier}\` back in tenantry.config.ts: a tenant keeps the tier that it was onboarded to`,
  })
}

/** The refusal of a move, of which one is named. */
export function placementChange(
  { id, tier, service, from, to }: { id: string; tier: string } & PlacementMove,
  count: number,
): TenantryError {
  const fact = `${tenants(count)} data where the configuration places none: \`${service}\` of \`${id}\` would move from ${from} to ${to}`
  return new TenantryError('PLACEMENT_CHANGE', fact, {
    status: 409,
    help: `put the placement of \`${service}\` in tier \`${tier}\` back in tenantry.config.ts: a tenant with data is not moved yet. A tier beside it can have another`,
  })
}

function tenants(count: number): string {
  return count === 1 ? '1 tenant has' : `${count} tenants have`
}
