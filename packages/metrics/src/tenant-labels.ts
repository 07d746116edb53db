import type { Attributes } from '@opentelemetry/api'
import type { Tenant } from '@tenantry/context'

/** What `tenant.id` says of tenants that have no series of their own. No tenant can be named so: ids have no underscore. */
export const otherTenants = '_other'

/** The attributes that name a tenant, or those of a tier that have no name here. One object for each, so that series can be found by it. */
export type TenantLabel = Readonly<Attributes>

interface Ranked {
  /** Halved at each ranking, so that what was long ago weighs nothing. */
  score: number
  /** Work since the last ranking. */
  recent: number
  tier: string
  /** There for one that has series of its own. */
  label: TenantLabel | undefined
}

/** How many tenants are looked at: some 2 MB. */
const rankedMax = 10_000
/** Beyond these, one of so many that come takes the place of whoever is there longest: who comes often is looked at soon. */
const admittedOf = 16
/** How much more than the least busy of those with series of their own another has to do to take its place: places do not change for nothing. */
const lead = 2

/**
 * Decides which tenants have time series of their own: the busiest so many. The others are told of together, by tier. So series are bounded
 * however many tenants there are, and whoever makes work is there by name.
 */
export class TenantLabels {
  readonly #ownMax: number
  readonly #onEnded: (label: TenantLabel) => void
  readonly #ranked = new Map<string, Ranked>()
  readonly #tiers = new Map<string, TenantLabel>()
  #own = 0
  #turnedAway = 0

  /** `onEnded` is told of labels that are given to nobody any more. */
  constructor(ownMax: number, onEnded: (label: TenantLabel) => void) {
    this.#ownMax = ownMax
    this.#onEnded = onEnded
  }

  /** Counts a piece of work of a tenant, and gives the label that it is told under. */
  of({ id, tier }: Tenant): TenantLabel {
    const ranked = this.#ranked.get(id) ?? this.#admit(id, tier)
    if (!ranked) return this.#tierLabel(tier)
    ranked.recent++
    if (ranked.tier !== tier) this.#changeTier(id, ranked, tier)
    return ranked.label ?? this.#tierLabel(tier)
  }

  /** Gives places to those that were busier, and forgets who did nothing for long. To be called when series are read. */
  rank(): void {
    const own: [string, Ranked][] = []
    const others: [string, Ranked][] = []
    for (const entry of this.#ranked) {
      const [tenant, ranked] = entry
      ranked.score = ranked.score / 2 + ranked.recent
      ranked.recent = 0
      if (ranked.label) own.push(entry)
      else if (ranked.score < 1) this.#ranked.delete(tenant)
      else others.push(entry)
    }
    own.sort(([, a], [, b]) => a.score - b.score)
    others.sort(([, a], [, b]) => b.score - a.score)
    for (const [at, [, loser]] of own.entries()) {
      const [id, winner] = others[at] ?? []
      if (id === undefined || !winner || winner.score <= lead * loser.score) break
      if (loser.label) this.#onEnded(loser.label)
      loser.label = undefined
      winner.label = labelOf(id, winner.tier)
    }
  }

  #admit(id: string, tier: string): Ranked | undefined {
    if (this.#ranked.size >= rankedMax && !this.#makeRoom()) return undefined
    const hasOwn = this.#own < this.#ownMax
    if (hasOwn) this.#own++
    const ranked = { score: 0, recent: 0, tier, label: hasOwn ? labelOf(id, tier) : undefined }
    this.#ranked.set(id, ranked)
    return ranked
  }

  #makeRoom(): boolean {
    if (++this.#turnedAway % admittedOf !== 0) return false
    for (const [id, { label }] of this.#ranked) if (!label) return this.#ranked.delete(id)
    return false
  }

  #changeTier(id: string, ranked: Ranked, tier: string): void {
    ranked.tier = tier
    if (!ranked.label) return
    this.#onEnded(ranked.label)
    ranked.label = labelOf(id, tier)
  }

  #tierLabel(tier: string): TenantLabel {
    const label = this.#tiers.get(tier) ?? labelOf(otherTenants, tier)
    this.#tiers.set(tier, label)
    return label
  }
}

function labelOf(id: string, tier: string): TenantLabel {
  return Object.freeze({ 'tenant.id': id, 'tenant.tier': tier })
}
