import type { TenantryConfig } from '../config.ts'
import type { DirectoryTenant } from '../directory.ts'
import type { PlacementKind } from '../placement.ts'
import { type Difference, findDifferences } from './find-differences.ts'
import { needsRestart } from './needs-restart.ts'
import { placementChange, settlePlacement, tierInUse } from './settle-placement.ts'

/** Tenants that something concerns: how many, and the first of them by name. */
export interface TenantsConcerned {
  readonly count: number
  readonly first: readonly string[]
}

/** Why a part of a change is refused. */
export interface Refusal {
  readonly code: string
  readonly message: string
  readonly help: string
}

/** A difference of the configuration, and the tenants that it is about. */
export interface PlannedDifference extends Difference {
  /** True when a system that runs cannot take it in: it holds from the next start on. */
  readonly restart: boolean
  readonly tenants: TenantsConcerned
  readonly refused: Refusal | null
}

/** Tenants of one tier that have a service somewhere else afterwards, or for the first time. */
export interface PlannedMove {
  readonly tier: string
  readonly service: string
  /** Where they have it now; null for a service that is new to them. */
  readonly from: PlacementKind | null
  readonly to: PlacementKind
  readonly tenants: TenantsConcerned
  readonly refused: Refusal | null
}

/** What a changed configuration would do to whom. */
export interface Plan {
  readonly outcome: 'nothing' | 'changes' | 'refused'
  readonly differences: readonly PlannedDifference[]
  readonly moves: readonly PlannedMove[]
}

type Tenant = Pick<DirectoryTenant, 'id' | 'tier' | 'placement'>

const namedMax = 3

/** Says what `next` in place of the configuration in force would do to these tenants. Nothing is changed. */
export function planChange(options: {
  inForce: TenantryConfig
  next: TenantryConfig
  tenants: readonly Tenant[]
}): Plan {
  const { next } = options
  const tenants = [...options.tenants].sort((a, b) => (a.id < b.id ? -1 : 1))
  // As the control plane tells it: JSON has no `undefined`.
  const plain = (config: TenantryConfig): unknown => JSON.parse(JSON.stringify(config))
  const differences = findDifferences(plain(options.inForce), plain(next)).map((difference) =>
    planDifference(difference, tenants),
  )
  const moves = planMoves(next, tenants)
  const isRefused = [...differences, ...moves].some(({ refused }) => refused)
  const isChange = differences.length + moves.length > 0
  return { outcome: isRefused ? 'refused' : isChange ? 'changes' : 'nothing', differences, moves }
}

function planDifference(difference: Difference, tenants: readonly Tenant[]): PlannedDifference {
  const [field, name] = difference.path.split('.')
  const concerned = field === 'tiers' ? tenants.filter(({ tier }) => tier === name) : tenants
  const isGone = difference.path === `tiers.${name}` && difference.after === undefined
  const refused = isGone && concerned.length > 0 ? refusal(tierInUse(name ?? '', concerned.length)) : null
  return { ...difference, restart: needsRestart(difference), tenants: summary(concerned), refused }
}

function planMoves(next: TenantryConfig, tenants: readonly Tenant[]): PlannedMove[] {
  const groups = new Map<string, Omit<PlannedMove, 'tenants' | 'refused'> & { of: Tenant[] }>()
  for (const tenant of tenants) {
    // Of one without a tier there is nothing to say but that.
    if (!Object.hasOwn(next.tiers, tenant.tier)) continue
    const { placement, added, moves } = settlePlacement(next, tenant)
    const first = added.map((service) => ({ service, from: null, to: placement[service] ?? 'pool' }))
    for (const move of [...first, ...moves]) {
      const key = `${tenant.tier} ${move.service} ${move.from}`
      const group = groups.get(key) ?? { tier: tenant.tier, ...move, of: [] }
      groups.set(key, group)
      group.of.push(tenant)
    }
  }
  return [...groups.values()].map(({ of, ...move }) => {
    const { from } = move
    const [first] = of
    const refused =
      from === null || !first ? null : refusal(placementChange({ ...move, from, id: first.id }, of.length))
    return { ...move, tenants: summary(of), refused }
  })
}

function summary(tenants: readonly Tenant[]): TenantsConcerned {
  return { count: tenants.length, first: tenants.slice(0, namedMax).map(({ id }) => id) }
}

function refusal({ code, message, help }: Refusal): Refusal {
  return { code, message, help }
}
