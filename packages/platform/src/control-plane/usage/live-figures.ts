import { durationBoundsMs, type UsageTotals } from '@tenantry/metrics'

/** What happens within a second, of a tenant, a deployment or all. */
export interface FiguresAnswer {
  readonly requestsPerSecond: number
  readonly errorsPerSecond: number
  readonly limitedPerSecond: number
  /** Null where there was no request. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly cpuCores: number
  readonly databaseMsPerSecond: number
  /** Events that were emitted. */
  readonly eventsPerSecond: number
}

/** Adds up what processes reported, each for the seconds that it is of. */
export class Figures {
  #requests = 0
  #errors = 0
  #limited = 0
  #cpuMs = 0
  #databaseMs = 0
  #events = 0
  readonly #durations = new Array<number>(durationBoundsMs.length + 1).fill(0)

  /** What all processes say is added, requests and their times only where `countsRequests`. */
  add(totals: UsageTotals, seconds: number, { countsRequests = true } = {}): void {
    this.#cpuMs += totals.cpuMs / seconds
    this.#databaseMs += totals.databaseMs / seconds
    this.#events += totals.eventsEmitted / seconds
    if (!countsRequests) return
    this.#requests += totals.requests / seconds
    this.#errors += totals.errors / seconds
    this.#limited += totals.limited / seconds
    for (const [bucket, count] of totals.durations.entries())
      this.#durations[bucket] = (this.#durations[bucket] ?? 0) + count / seconds
  }

  /** True while nothing was added but zeros. */
  get isNothing(): boolean {
    return this.#requests + this.#cpuMs + this.#databaseMs + this.#events === 0
  }

  answer(): FiguresAnswer {
    return {
      requestsPerSecond: round(this.#requests),
      errorsPerSecond: round(this.#errors),
      limitedPerSecond: round(this.#limited),
      p50Ms: quantileMs(this.#durations, 0.5),
      p95Ms: quantileMs(this.#durations, 0.95),
      cpuCores: round(this.#cpuMs / 1000),
      databaseMsPerSecond: round(this.#databaseMs),
      eventsPerSecond: round(this.#events),
    }
  }
}

/**
 * The time that this part of requests took at most, as if they were spread evenly within each bucket; for those beyond the last bound, that
 * bound. Null where there were none.
 */
export function quantileMs(durations: readonly number[], part: number): number | null {
  const wanted = durations.reduce((sum, count) => sum + count, 0) * part
  if (wanted === 0) return null
  let below = 0
  for (const [bucket, count] of durations.entries()) {
    const untilMs = durationBoundsMs[bucket]
    if (untilMs === undefined) break
    const fromMs = durationBoundsMs[bucket - 1] ?? 0
    if (count > 0 && below + count >= wanted)
      return round(fromMs + ((untilMs - fromMs) * (wanted - below)) / count)
    below += count
  }
  return durationBoundsMs.at(-1) ?? null
}

const round = (value: number) => Math.round(value * 1000) / 1000
