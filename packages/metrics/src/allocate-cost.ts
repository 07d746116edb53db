import { divideAmount } from './divide-amount.ts'
import type { UsageTotals } from './usage.ts'

/** What is paid for, in the currency's own unit. */
export interface Prices {
  /** What the platform's processes cost an hour, all together. */
  readonly platformHour: number
  /** What one deployment costs an hour. */
  deploymentHour(service: string, placement: 'pool' | 'silo'): number
  /** What is paid for as it is used. */
  readonly units: Readonly<Record<PricedUnit, number>>
}

/** A unit that has a price, and how many of it there are in a tenant's totals. */
export const pricedUnits = {
  millionRequests: { of: ({ requests }) => requests / 1e6, at: 'gateway' },
  gibibyteIn: { of: ({ bytesIn }) => bytesIn / 2 ** 30, at: 'gateway' },
  gibibyteOut: { of: ({ bytesOut }) => bytesOut / 2 ** 30, at: 'gateway' },
  cpuHour: { of: ({ cpuMs }) => cpuMs / 3_600_000, at: 'everywhere' },
  databaseHour: { of: ({ databaseMs }) => databaseMs / 3_600_000, at: 'everywhere' },
  millionStatements: { of: ({ statements }) => statements / 1e6, at: 'everywhere' },
  millionEvents: { of: ({ eventsEmitted }) => eventsEmitted / 1e6, at: 'everywhere' },
} as const satisfies Record<
  string,
  {
    of: (totals: UsageTotals) => number
    /** Requests and bytes are those of customers: what services ask of each other is not paid for twice. */
    at: 'gateway' | 'everywhere'
  }
>

export type PricedUnit = keyof typeof pricedUnits

/** A tenant that bears cost. */
export interface CostBearer {
  readonly tenant: string
  readonly tier: string
}

/** A deployment that ran for so many hours of the time that is asked for. */
export interface CostedDeployment {
  readonly service: string
  readonly deployment: string
  readonly placement: 'pool' | 'silo'
  readonly hours: number
  /** Who is placed there: one of a silo, all of a pool. */
  readonly bearers: readonly CostBearer[]
}

/** What a tenant used of one deployment in that time. */
export interface CostedUsage extends CostBearer {
  readonly service: string
  readonly deployment: string
  readonly totals: UsageTotals
}

/** What a tenant costs for one service's deployment. */
export interface TenantCost extends CostBearer {
  readonly service: string
  readonly deployment: string
  readonly placement: 'pool' | 'silo'
  readonly cost: number
  /** What it is made of: `silo` or `pool` for the deployment's hours, `platform`, and units by name. */
  readonly parts: Readonly<Record<string, number>>
}

/** What is to be divided among tenants. */
export interface CostQuestion {
  readonly prices: Prices
  readonly deployments: readonly CostedDeployment[]
  readonly usage: readonly CostedUsage[]
  readonly platformHours: number
  /** All tenants: who bears the platform. */
  readonly bearers: readonly CostBearer[]
}

/** Millionths of the currency's unit: amounts are whole, so that sums are exact. */
const micro = 1_000_000
const platform = 'platform'

/**
 * Divides what was paid among tenants. A silo's hours are its tenant's, used or not. A pool's are divided by busy time, which is processor time and
 * database time together, and equally while nobody was busy. The platform's are divided by requests at the gateway, likewise. Units are whoever's used them. The costs
 * of all tenants are the total, to the millionth; what nobody can bear, because nobody is placed there, is told by itself.
 */
export function allocateCost({ prices, deployments, usage, platformHours, bearers }: CostQuestion): {
  total: number
  unallocated: number
  rows: TenantCost[]
} {
  const book = new CostBook()
  let unallocated = 0
  const share = (
    amount: number,
    among: readonly CostBearer[],
    {
      weightOf,
      note,
    }: { weightOf: (bearer: CostBearer) => number; note: (bearer: CostBearer, part: number) => void },
  ) => {
    const whole = Math.round(amount * micro)
    if (among.length === 0) unallocated += whole
    const parts = divideAmount(whole, among.map(weightOf))
    for (const [at, bearer] of among.entries()) note(bearer, parts[at] ?? 0)
  }

  const usageOf = Map.groupBy(usage, ({ deployment }) => deployment)
  for (const { service, deployment, placement, hours, bearers: among } of deployments) {
    const busyMs = sumBy(usageOf.get(deployment) ?? [], ({ cpuMs, databaseMs }) => cpuMs + databaseMs)
    share(prices.deploymentHour(service, placement) * hours, among, {
      weightOf: ({ tenant }) => busyMs.get(tenant) ?? 0,
      note: (bearer, part) => book.add({ ...bearer, service, deployment, placement }, placement, part),
    })
  }
  const requests = sumBy(
    usage.filter(({ service }) => service === 'gateway'),
    (totals) => totals.requests,
  )
  share(prices.platformHour * platformHours, bearers, {
    weightOf: ({ tenant }) => requests.get(tenant) ?? 0,
    note: (bearer, part) => book.add({ ...bearer, ...ofPlatform }, platform, part),
  })
  const placementOf = new Map(deployments.map(({ deployment, placement }) => [deployment, placement]))
  for (const { tenant, tier, service, deployment, totals } of usage) {
    const placement = placementOf.get(deployment)
    // The platform's processes are told of as one.
    const place = placement ? { service, deployment, placement } : ofPlatform
    for (const [name, { of, at }] of Object.entries(pricedUnits)) {
      if (at === 'gateway' && service !== 'gateway') continue
      const amount = Math.round(of(totals) * prices.units[name as PricedUnit] * micro)
      book.add({ tenant, tier, ...place }, name, amount)
    }
  }
  return { ...book.close(), unallocated: unallocated / micro }
}

const ofPlatform = { service: platform, deployment: platform, placement: 'pool' } as const

function sumBy(usage: readonly CostedUsage[], of: (totals: UsageTotals) => number): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { tenant, totals } of usage) sums.set(tenant, (sums.get(tenant) ?? 0) + of(totals))
  return sums
}

type CostPlace = Omit<TenantCost, 'cost' | 'parts'>

/** What has been noted for each tenant and deployment, in millionths. */
class CostBook {
  readonly #entries = new Map<string, { place: CostPlace; parts: Map<string, number> }>()

  add(place: CostPlace, part: string, amount: number): void {
    if (amount === 0) return
    const key = `${place.tenant} ${place.deployment}`
    const entry = this.#entries.get(key) ?? { place, parts: new Map<string, number>() }
    entry.parts.set(part, (entry.parts.get(part) ?? 0) + amount)
    this.#entries.set(key, entry)
  }

  close(): { total: number; rows: TenantCost[] } {
    let total = 0
    const rows = [...this.#entries.values()].map(({ place, parts }) => {
      const cost = [...parts.values()].reduce((sum, amount) => sum + amount, 0)
      total += cost
      const inUnits = [...parts].map(([name, amount]) => [name, amount / micro])
      return { ...place, cost: cost / micro, parts: Object.fromEntries(inUnits) }
    })
    return { total: total / micro, rows }
  }
}
