import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Tenant } from '@tenantry/context'
import { collectionOf } from './collection-of.ts'
import { now } from './now.ts'
import { otherTenants, type TenantLabel, TenantLabels } from './tenant-labels.ts'
import { type UsageTotals, usageBasis } from './usage.ts'

/** The figures that have series: all but the durations, which requests have a histogram of. */
type Figure = Exclude<keyof UsageTotals, 'durations'>

/** What each figure is called, in which unit, and what of it makes one. */
const instruments: Readonly<
  Record<Figure, { name: string; unit: string; per: number; description: string }>
> = {
  requests: {
    name: 'requests',
    unit: '{request}',
    per: 1,
    description: 'Requests and deliveries that were answered',
  },
  errors: {
    name: 'errors',
    unit: '{request}',
    per: 1,
    description: 'Of those, the ones answered with 500 or above',
  },
  limited: {
    name: 'limited',
    unit: '{request}',
    per: 1,
    description: 'Of those, the ones that a limit refused',
  },
  durationMs: { name: 'request.time', unit: 's', per: 1_000, description: 'Time that requests took' },
  bytesIn: { name: 'bytes.in', unit: 'By', per: 1, description: 'Bytes of request bodies' },
  bytesOut: { name: 'bytes.out', unit: 'By', per: 1, description: 'Bytes of the bodies of answers' },
  statements: {
    name: 'database.statements',
    unit: '{statement}',
    per: 1,
    description: 'Statements that the database was asked',
  },
  databaseMs: { name: 'database.time', unit: 's', per: 1_000, description: 'Time that statements took' },
  databaseRows: {
    name: 'database.rows',
    unit: '{row}',
    per: 1,
    description: 'Rows that statements returned or changed',
  },
  eventsEmitted: {
    name: 'events.emitted',
    unit: '{event}',
    per: 1,
    description: 'Events that were written to the outbox',
  },
  eventsDelivered: {
    name: 'events.delivered',
    unit: '{event}',
    per: 1,
    description: 'Events that a subscriber handled',
  },
  cpuMs: { name: 'cpu.time', unit: 's', per: 1_000, description: 'Processor time' },
}
const figures = Object.keys(instruments) as Figure[]

/** Where something was used. */
export interface UsagePlace {
  readonly service: string
  readonly deployment: string
  /** Whether it is one tenant's alone. */
  readonly isSilo: boolean
}

interface Series {
  readonly attributes: Attributes
  readonly startTime: HrTime
  readonly totals: Record<Figure, number>
}

/**
 * What tenants use, as counters `tenantry.usage.…` by tenant, service and deployment: the busiest tenants' own, and one for each tier of the
 * others. Figures that are estimated say so in their description.
 */
export class UsageSeries implements MetricProducer {
  readonly #series = new Map<TenantLabel, Map<string, Series>>()
  readonly #labels: TenantLabels

  /** `tenantSeries` is how many tenants have their own. */
  constructor(tenantSeries: number) {
    this.#labels = new TenantLabels(tenantSeries, (label) => this.#series.delete(label))
  }

  /** Adds what a tenant used since it was told last. */
  add(tenant: Tenant, at: UsagePlace, used: UsageTotals): void {
    const label = this.#labels.of(tenant)
    // As many silos as there are tenants would be as many series: those of tenants without a name here have none either.
    const isFolded = at.isSilo && label['tenant.id'] === otherTenants
    const place = isFolded ? { ...at, deployment: `${at.service}.${otherTenants}` } : at
    const { totals } = this.#series.get(label)?.get(place.deployment) ?? this.#make(label, place)
    for (const figure of figures) totals[figure] += used[figure]
  }

  async collect(): Promise<CollectionResult> {
    const endTime = now()
    const series = [...this.#series.values()].flatMap((ofLabel) => [...ofLabel.values()])
    const metrics = figures.map((figure) => {
      const { name, unit, per, description } = instruments[figure]
      const told = usageBasis[figure] === 'estimated' ? `${description}, estimated` : description
      return {
        descriptor: { name: `tenantry.usage.${name}`, unit, description: told, valueType: ValueType.DOUBLE },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.SUM as const,
        isMonotonic: true,
        dataPoints: series.map(({ attributes, startTime, totals }) => ({
          ...{ attributes, startTime, endTime },
          value: totals[figure] / per,
        })),
      }
    })
    this.#labels.rank()
    return collectionOf(metrics)
  }

  #make(label: TenantLabel, { service, deployment }: UsagePlace): Series {
    const series: Series = {
      attributes: { ...label, 'service.name': service, 'tenantry.deployment': deployment },
      startTime: now(),
      totals: Object.fromEntries(figures.map((figure) => [figure, 0])) as Record<Figure, number>,
    }
    const ofLabel = this.#series.get(label) ?? new Map<string, Series>()
    this.#series.set(label, ofLabel.set(deployment, series))
    return series
  }
}
