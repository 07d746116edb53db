import type { AwayDeployment, TakeOptions } from '../event-bus.ts'
import { readLaneSubject } from './event-stream.ts'

/** A lane with something in the stream. */
export interface StreamLane {
  readonly subject: string
  /** No event of it is before this place. */
  fromSeq: number
  /** The place of the last event that was noted. */
  lastSeq: number
  /** How many events it has, or more: never fewer than are known here. */
  count: number
}

type Lanes = Map<string, StreamLane>

/**
 * Which lanes have something in the stream, by tenant and service: what the stream itself tells, kept in memory, so that
 * what waits costs nothing until its turn. It may be forgotten at any time.
 */
export class StreamLanes {
  readonly #ready = new Map<string, Map<string, Lanes>>()
  /** Lanes of which an event is kept elsewhere, and goes first. */
  readonly #blocked: Lanes = new Map()

  /** Notes an event that was stored. Another relay may have stored one of its lane before it, from `firstUnknown` on. */
  add(subject: string, seq: number, firstUnknown = seq): void {
    const lane = this.#find(subject)
    if (!lane) {
      this.#put({ subject, fromSeq: Math.min(seq, firstUnknown), lastSeq: seq, count: 1 })
      return
    }
    lane.count++
    lane.fromSeq = Math.min(lane.fromSeq, seq)
    lane.lastSeq = Math.max(lane.lastSeq, seq)
  }

  /** Brings it in line with what the stream told when `lastSeq` was its last place; what was noted since stays. */
  replace(counts: ReadonlyMap<string, number>, lastSeq: number): void {
    for (const lane of this.#all()) {
      if (!counts.has(lane.subject) && lane.lastSeq <= lastSeq) this.drop(lane.subject)
    }
    for (const [subject, count] of counts) {
      const lane = this.#find(subject)
      if (lane) Object.assign(lane, { fromSeq: 1, count: Math.max(lane.count, count) })
      else this.#put({ subject, fromSeq: 1, lastSeq, count })
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#ready.clear()
    this.#blocked.clear()
  }

  /** Notes that a lane's event at `seq` is gone. */
  settled(subject: string, seq: number): void {
    const lane = this.#find(subject)
    if (!lane) return
    lane.fromSeq = Math.max(lane.fromSeq, seq + 1)
    if (--lane.count <= 0) this.drop(subject)
  }

  drop(subject: string): void {
    this.#blocked.delete(subject)
    const { tenant, service } = readLaneSubject(subject)
    const services = this.#ready.get(tenant)
    const lanes = services?.get(service)
    lanes?.delete(subject)
    if (lanes?.size === 0) services?.delete(service)
    if (services?.size === 0) this.#ready.delete(tenant)
  }

  /** Lets a lane wait until it is unblocked. */
  block(lane: StreamLane): void {
    this.drop(lane.subject)
    this.#blocked.set(lane.subject, lane)
  }

  /** Lets one lane be chosen again, or all. */
  unblock(subject?: string): void {
    for (const lane of subject === undefined ? [...this.#blocked.values()] : [this.#blocked.get(subject)]) {
      if (!lane) continue
      this.#blocked.delete(lane.subject)
      this.#put(lane)
    }
  }

  /** Lanes whose turn it is: each tenant has as many as it weighs before any has more, and its services take turns. */
  choose(options: TakeOptions, parked: ReadonlySet<string>): StreamLane[] {
    const busy = new Set(options.busy)
    const full = new Set(options.full)
    const turns: StreamLane[][] = []
    for (const tenant of inTurn([...this.#ready.keys()].sort(), options.after)) {
      if (full.has(tenant) || parked.has(tenant)) continue
      const weight = options.weights.get(tenant) ?? 1
      const max = options.limitPerTenant * weight
      const ofServices = [...(this.#ready.get(tenant) ?? [])]
        .filter(([service]) => !isAway(options.away, tenant, service))
        .map(([, lanes]) => first(lanes, busy, max))
      takeTurns(ofServices, max).forEach((lane, at) => {
        const turn = Math.floor(at / weight)
        turns[turn] ??= []
        turns[turn].push(lane)
      })
    }
    return turns.flat().slice(0, options.limit)
  }

  #find(subject: string): StreamLane | undefined {
    const { tenant, service } = readLaneSubject(subject)
    return this.#ready.get(tenant)?.get(service)?.get(subject) ?? this.#blocked.get(subject)
  }

  #put(lane: StreamLane): void {
    const { tenant, service } = readLaneSubject(lane.subject)
    const services = this.#ready.get(tenant) ?? new Map<string, Lanes>()
    const lanes = services.get(service) ?? new Map()
    this.#ready.set(tenant, services.set(service, lanes.set(lane.subject, lane)))
  }

  #all(): StreamLane[] {
    const ready = [...this.#ready.values()].flatMap((services) => [...services.values()])
    return [...ready, this.#blocked].flatMap((lanes) => [...lanes.values()])
  }
}

function isAway(away: readonly AwayDeployment[], tenant: string, service: string): boolean {
  return away.some(
    (one) =>
      one.service === service &&
      (one.tenant === tenant || (one.tenant === null && !one.except.includes(tenant))),
  )
}

function first(lanes: Lanes, busy: ReadonlySet<string>, max: number): StreamLane[] {
  const found: StreamLane[] = []
  for (const lane of lanes.values()) {
    if (found.length === max) break
    if (!busy.has(lane.subject)) found.push(lane)
  }
  return found
}

function inTurn(sorted: readonly string[], after: string): string[] {
  return [...sorted.filter((one) => one > after), ...sorted.filter((one) => one <= after)]
}

/** One of each list, then the second of each, up to `max` in all. */
export function takeTurns<T>(lists: readonly (readonly T[])[], max: number): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  const turns = Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1)))
  return turns.flat().slice(0, max)
}
