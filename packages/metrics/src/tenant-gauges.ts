import { type Attributes, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Tenant } from '@tenantry/context'
import { collectionOf } from './collection-of.ts'
import { now } from './now.ts'
import { otherTenants } from './tenant-labels.ts'

/** Something that is read of tenants when metrics are. */
export interface TenantGauge {
  readonly name: string
  readonly unit: string
  readonly description: string
  /** What is told of tenants that are told of together. */
  readonly fold: 'sum' | 'max'
}

/** What a gauge shows for a tenant. */
export interface GaugeSample {
  readonly gauge: TenantGauge
  readonly tenant: Tenant
  readonly value: number
  /** What else it is told by: of the platform's own making, and few. */
  readonly attributes: Attributes
}

/** Gauges that are read when metrics are: of each, the so many tenants that it shows most for are told by name, and the others by tier. */
export class TenantGauges implements MetricProducer {
  readonly #tenantSeries: number
  readonly #read: () => Promise<readonly GaugeSample[]>

  constructor(tenantSeries: number, read: () => Promise<readonly GaugeSample[]>) {
    this.#tenantSeries = tenantSeries
    this.#read = read
  }

  async collect(): Promise<CollectionResult> {
    const errors: unknown[] = []
    const samples = await this.#read().catch((error: unknown) => {
      errors.push(error)
      return []
    })
    const metrics = [...Map.groupBy(samples, ({ gauge }) => gauge)].map(([gauge, of]) => ({
      descriptor: {
        ...{ name: gauge.name, unit: gauge.unit, description: gauge.description },
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE as const,
      dataPoints: this.#fold(gauge, of),
    }))
    return collectionOf(metrics, errors)
  }

  #fold({ fold }: TenantGauge, samples: readonly GaugeSample[]): DataPoint<number>[] {
    const time = now()
    const named = new Set<string>()
    const points = new Map<string, { attributes: Attributes; value: number }>()
    for (const { tenant, value, attributes } of [...samples].sort((a, b) => b.value - a.value)) {
      if (named.size < this.#tenantSeries) named.add(tenant.id)
      const id = named.has(tenant.id) ? tenant.id : otherTenants
      const whole = { 'tenant.id': id, 'tenant.tier': tenant.tier, ...attributes }
      const key = Object.values(whole).join(' ')
      const before = points.get(key)?.value ?? 0
      points.set(key, { attributes: whole, value: fold === 'sum' ? before + value : Math.max(before, value) })
    }
    return [...points.values()].map((point) => ({ ...point, startTime: time, endTime: time }))
  }
}
