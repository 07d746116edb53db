import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { collectionOf } from './collection-of.ts'
import { now } from './now.ts'
import { overflow } from './request-series.ts'
import type { TenantLabel } from './tenant-labels.ts'

/** Something that is counted. */
export interface Counted {
  readonly name: string
  readonly description: string
}

interface Series {
  readonly counted: Counted
  readonly attributes: Attributes
  readonly startTime: HrTime
  value: number
}

/**
 * Counters by tenant, added up as requests are: a look-up and an addition. The attributes that they are told by are bounded by whoever adds; of more
 * than so many series, further ones are counted together, by counter.
 */
export class CounterSeries implements MetricProducer {
  readonly #own: Attributes
  readonly #seriesMax: number
  readonly #series = new Map<TenantLabel, Map<string, Series>>()
  readonly #overflows = new Map<string, Series>()
  #count = 0

  /** `own` are attributes of every series. */
  constructor(own: Attributes, { seriesMax }: { seriesMax: number }) {
    this.#own = own
    this.#seriesMax = seriesMax
  }

  /** Adds to a counter, under a tenant's label and attributes whose values have no line's end in them. */
  add(counted: Counted, label: TenantLabel, { amount, attributes }: Added): void {
    let key = counted.name
    for (const name in attributes) key += `\n${name}\n${attributes[name]}`
    const series = this.#series.get(label)?.get(key) ?? this.#make(counted, label, { key, attributes })
    series.value += amount
  }

  /** Ends the series of a label. */
  forget(label: TenantLabel): void {
    this.#count -= this.#series.get(label)?.size ?? 0
    this.#series.delete(label)
  }

  async collect(): Promise<CollectionResult> {
    const endTime = now()
    const all = [...this.#series.values()].flatMap((ofLabel) => [...ofLabel.values()])
    const byName = Map.groupBy([...all, ...this.#overflows.values()], ({ counted }) => counted.name)
    const metrics = [...byName].map(([name, series]) => ({
      descriptor: {
        ...{ name, description: series[0]?.counted.description ?? '', unit: '' },
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.SUM as const,
      isMonotonic: true,
      dataPoints: series.map(({ attributes, startTime, value }) => ({
        attributes,
        startTime,
        endTime,
        value,
      })),
    }))
    return collectionOf(metrics)
  }

  #make(
    counted: Counted,
    label: TenantLabel,
    { key, attributes }: Pick<Added, 'attributes'> & { key: string },
  ): Series {
    if (this.#count >= this.#seriesMax) return this.#overflow(counted)
    const series = this.#begin(counted, { ...this.#own, ...label, ...attributes })
    const ofLabel = this.#series.get(label) ?? new Map<string, Series>()
    this.#series.set(label, ofLabel.set(key, series))
    this.#count++
    return series
  }

  #overflow(counted: Counted): Series {
    const known = this.#overflows.get(counted.name)
    if (known) return known
    const series = this.#begin(counted, { ...this.#own, ...overflow })
    this.#overflows.set(counted.name, series)
    return series
  }

  #begin(counted: Counted, attributes: Attributes): Series {
    return { counted, attributes, startTime: now(), value: 0 }
  }
}

interface Added {
  readonly amount: number
  readonly attributes: Readonly<Record<string, string>>
}
