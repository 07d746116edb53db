import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type Histogram,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { collectionOf } from './collection-of.ts'
import { now } from './now.ts'
import type { TenantLabel } from './tenant-labels.ts'

/** One answered request, bounded: neither of its texts is a client's own. */
export interface RequestSample {
  /** Whose it is; `nobody` before that is known. */
  readonly label: TenantLabel
  readonly method: string
  readonly route: string
  readonly status: number
  readonly durationS: number
}

/** The label of requests of no tenant. */
export const nobody: TenantLabel = Object.freeze({})

interface Series {
  readonly attributes: Attributes
  readonly startTime: HrTime
  readonly counts: number[]
  sum: number
  count: number
}

const boundsS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const temporality = AggregationTemporality.CUMULATIVE
/** The attribute of what is beyond the bound of an instrument (OpenTelemetry's Metrics SDK, Cardinality Limits). */
export const overflow: Attributes = { 'otel.metric.overflow': true }

/**
 * `http.server.request.duration` and `http.server.active_requests` of one process. They are the only instruments that every request pays for, so they are added up
 * here: a look-up and a few additions, where an instrument of the SDK's writes and hashes seven attributes each time. Readers take them as any others.
 */
export class RequestSeries implements MetricProducer {
  readonly #own: Attributes
  readonly #seriesMax: number
  readonly #series = new Map<TenantLabel, Map<string, Series>>()
  readonly #active = new Map<string, number>()
  readonly #startTime = now()
  readonly #overflow: Series
  #count = 0

  readonly #onCollected: () => void

  /** `own` are attributes of every series; of more than `seriesMax`, further ones are counted together. `onCollected` is called after each reading. */
  constructor(own: Attributes, { seriesMax, onCollected }: { seriesMax: number; onCollected: () => void }) {
    this.#onCollected = onCollected
    this.#own = own
    this.#overflow = this.#begin(overflow)
    this.#seriesMax = seriesMax
  }

  /** Counts a request that began, or with -1 one that ended. */
  addActive(method: string, change: 1 | -1): void {
    this.#active.set(method, (this.#active.get(method) ?? 0) + change)
  }

  /** Adds an answered request to its series. */
  record({ label, method, route, status, durationS }: RequestSample): void {
    const key = `${status} ${method} ${route}`
    const series = this.#series.get(label)?.get(key) ?? this.#make(label, key, { method, route, status })
    series.count++
    series.sum += durationS
    const bucket = bucketOf(durationS)
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
  }

  /** Ends the series of a label. */
  forget(label: TenantLabel): void {
    this.#count -= this.#series.get(label)?.size ?? 0
    this.#series.delete(label)
  }

  async collect(): Promise<CollectionResult> {
    const endTime = now()
    const series = [...this.#series.values()].flatMap((ofLabel) => [...ofLabel.values()])
    if (this.#overflow.count > 0) series.push(this.#overflow)
    const histogram = {
      descriptor: {
        name: 'http.server.request.duration',
        description: 'Duration of answered requests',
        unit: 's',
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: temporality,
      dataPointType: DataPointType.HISTOGRAM as const,
      dataPoints: series.map(({ attributes, startTime, counts, sum, count }) => ({
        ...{ attributes, startTime, endTime },
        value: { buckets: { boundaries: boundsS, counts: [...counts] }, sum, count } satisfies Histogram,
      })),
    }
    const active = {
      descriptor: {
        name: 'http.server.active_requests',
        description: 'Requests that are not answered yet',
        unit: '{request}',
        valueType: ValueType.INT,
      },
      aggregationTemporality: temporality,
      dataPointType: DataPointType.SUM as const,
      isMonotonic: false,
      dataPoints: [...this.#active].map(([method, value]) => ({
        attributes: { ...this.#own, 'http.request.method': method },
        ...{ startTime: this.#startTime, endTime, value },
      })),
    }
    this.#onCollected()
    return collectionOf([histogram, active])
  }

  #make(
    label: TenantLabel,
    key: string,
    { method, route, status }: Omit<RequestSample, 'label' | 'durationS'>,
  ): Series {
    if (this.#count >= this.#seriesMax) return this.#overflow
    const series = this.#begin({
      ...label,
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
    })
    const ofLabel = this.#series.get(label) ?? new Map<string, Series>()
    this.#series.set(label, ofLabel.set(key, series))
    this.#count++
    return series
  }

  #begin(attributes: Attributes): Series {
    const counts = Array.from({ length: boundsS.length + 1 }, () => 0)
    return { attributes: { ...this.#own, ...attributes }, startTime: now(), counts, sum: 0, count: 0 }
  }
}

function bucketOf(durationS: number): number {
  for (let at = 0; at < boundsS.length; at++) if (durationS <= (boundsS[at] ?? 0)) return at
  return boundsS.length
}
