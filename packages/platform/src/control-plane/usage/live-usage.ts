import { Figures, type FiguresAnswer } from './live-figures.ts'
import type { UsageGrowth, UsageSource } from './usage-store.ts'

/** One tenant that takes more than its share of something. */
export interface LoudTenant {
  readonly tenant: string
  readonly tier: string
  readonly what: 'requests' | 'connections' | 'cpu' | 'events'
  /** Its part of the whole, 0 to 1, and the part that its weight would give it. */
  readonly share: number
  readonly fair: number
}

/** What happens in the system within one second. */
export interface LiveSnapshot {
  readonly atMs: number
  /** Requests and their times are those at the gateways: one that calls three services counts once. */
  readonly total: FiguresAnswer
  /** The busiest first, at most 100. */
  readonly tenants: readonly (FiguresAnswer & { readonly id: string; readonly tier: string })[]
  readonly tenantsActive: number
  /** Each by itself, the gateways and the relay too. */
  readonly deployments: readonly (FiguresAnswer & { readonly id: string; readonly service: string })[]
  readonly calls: readonly { readonly from: string; readonly to: string; readonly perSecond: number }[]
  readonly loud: readonly LoudTenant[]
}

/** What a tenant takes at this moment of what it shares with others: all but its silos. */
export interface SharedUse {
  readonly tenant: string
  readonly tier: string
  readonly figures: FiguresAnswer
}

/** Finds who is loud in what is shared. */
export type FindLoud = (use: readonly SharedUse[]) => readonly LoudTenant[]

/** One second of what was. */
export interface LivePoint {
  readonly atMs: number
  readonly total: FiguresAnswer
}

/** What a report says of the time since the one before. */
export interface LiveNote {
  readonly collection: number
  readonly sinceMs: number
  readonly growths: readonly UsageGrowth[]
  readonly callers: ReadonlyMap<string, number>
}

/** What one process reported last. */
interface Process {
  readonly source: UsageSource
  collection: number
  seconds: number
  notedAtMs: number
  growths: UsageGrowth[]
  readonly callers: Map<string, number>
}

const tenantsMax = 100
const historyMax = 300
/** What was reported holds until the next report, or for so long. */
const holdsMs = 2_500

/**
 * What tenants use at this moment, from what reports added. A process that reports nothing any more counts for nothing. It is not kept
 * across a restart: the store is.
 */
export class LiveUsage {
  readonly #processes = new Map<string, Process>()
  readonly #findLoud: FindLoud
  readonly #history: LivePoint[] = []
  #loud: readonly LoudTenant[] = []

  constructor({ findLoud = () => [] }: { findLoud?: FindLoud } = {}) {
    this.#findLoud = findLoud
  }

  /** The last 300 s, the oldest first. */
  get history(): readonly LivePoint[] {
    return this.#history
  }

  /** Who was loud when that was looked at last. */
  get loud(): readonly LoudTenant[] {
    return this.#loud
  }

  /** Takes in what a process reported; several pieces of one collection are one. */
  note(source: UsageSource, { collection, sinceMs, growths, callers }: LiveNote): void {
    const key = `${source.deployment}/${source.epoch}`
    const known = this.#processes.get(key)
    const isSame = known?.collection === collection
    const process: Process =
      known && isSame
        ? known
        : {
            source,
            collection,
            seconds: Math.max(sinceMs, 500) / 1000,
            notedAtMs: 0,
            growths: [],
            callers: new Map(),
          }
    process.notedAtMs = performance.now()
    for (const growth of growths) process.growths.push(growth)
    for (const [caller, count] of callers)
      process.callers.set(caller, (process.callers.get(caller) ?? 0) + count)
    this.#processes.set(key, process)
  }

  /** What happens now; to be taken once a second, for it is also what the history is made of. */
  take(): LiveSnapshot {
    const nowMs = performance.now()
    for (const [key, { notedAtMs }] of this.#processes)
      if (nowMs - notedAtMs > holdsMs) this.#processes.delete(key)
    const { snapshot, shared } = this.#snapshot()
    this.#history.push({ atMs: snapshot.atMs, total: snapshot.total })
    if (this.#history.length > historyMax) this.#history.shift()
    this.#loud = this.#findLoud(shared)
    return { ...snapshot, loud: this.#loud }
  }

  #snapshot(): { snapshot: Omit<LiveSnapshot, 'loud'>; shared: SharedUse[] } {
    const total = new Figures()
    const tenants = new Map<string, { tier: string; figures: Figures; shared: Figures }>()
    const deployments = new Map<string, { service: string; figures: Figures }>()
    const calls = new Map<string, { from: string; to: string; perSecond: number }>()
    for (const { source, seconds, growths, callers } of this.#processes.values()) {
      const { kind, service, deployment, isSilo } = source
      const countsRequests = kind === 'gateway'
      const own = getOr(deployments, deployment, () => ({ service, figures: new Figures() }))
      for (const { tenant, tier, totals } of growths) {
        own.figures.add(totals, seconds)
        total.add(totals, seconds, { countsRequests })
        const its = getOr(tenants, tenant, () => ({ tier, figures: new Figures(), shared: new Figures() }))
        its.figures.add(totals, seconds, { countsRequests })
        if (!isSilo) its.shared.add(totals, seconds, { countsRequests })
      }
      for (const [from, count] of callers) {
        const call = getOr(calls, `${from} ${deployment}`, () => ({ from, to: deployment, perSecond: 0 }))
        call.perSecond += count / seconds
      }
    }
    const active = [...tenants].filter(([, { figures }]) => !figures.isNothing)
    const snapshot = {
      atMs: Date.now(),
      total: total.answer(),
      tenants: active
        .map(([id, { tier, figures }]) => ({ id, tier, ...figures.answer() }))
        .sort(
          (a, b) =>
            b.requestsPerSecond - a.requestsPerSecond || b.cpuCores - a.cpuCores || (a.id < b.id ? -1 : 1),
        )
        .slice(0, tenantsMax),
      tenantsActive: active.length,
      deployments: [...deployments].map(([id, { service, figures }]) => ({
        id,
        service,
        ...figures.answer(),
      })),
      calls: [...calls.values()],
    }
    const shared = active.map(([tenant, { tier, shared }]) => ({ tenant, tier, figures: shared.answer() }))
    return { snapshot, shared }
  }
}

function getOr<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
