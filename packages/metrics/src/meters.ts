import type { BatchObservableCallback, MeterProvider as Provider } from '@opentelemetry/api'
import { MeterProvider, type MetricProducer, MetricReader } from '@opentelemetry/sdk-metrics'
import { readContext, requireContext, type Tenant } from '@tenantry/context'
import { BusinessCounters } from './business-counters.ts'
import { type Counted, CounterSeries } from './counter-series.ts'
import { createOtlpReader, type OtlpExport } from './otlp-reader.ts'
import { nobody, RequestSeries } from './request-series.ts'
import { reserveInstruments } from './reserve-instruments.ts'
import { ScopeAttributes, unbound } from './scope-attributes.ts'
import { TenantLabels } from './tenant-labels.ts'
import { writePrometheus } from './write-prometheus.ts'

/** One answered request. */
export interface RequestMeasurement {
  /** Which tenant's it was, once that was verified; requests refused before count under no tenant. */
  readonly tenant: Tenant | undefined
  readonly method: string
  /** The route's pattern, never the path: a client chooses paths. */
  readonly route: string
  readonly status: number
  readonly durationS: number
}

/** Whether a deployment can be reached with events at this moment. */
export interface CircuitMeasurement {
  /** The deployment's id, which tells nothing of a silo's tenant. */
  readonly deployment: string
  readonly isOpen: boolean
  /** How often it could not be reached any more. */
  readonly opened: number
}

/** A process's meters, by OpenTelemetry's names, with the tenant in `tenant.id` and `tenant.tier`. */
export interface Meters {
  /** Counts a request in `http.server.active_requests` until the function it returns is called. */
  startRequest(method: string): () => void
  /** Counts a request and its duration as `http.server.request.duration`, in seconds. */
  recordRequest(measurement: RequestMeasurement): void
  /** Counts an event in `tenantry.events.emitted`, `….delivered` or `….refused`. */
  recordEvent(what: 'emitted' | 'delivered' | 'refused', type: string, tenant: Tenant | undefined): void
  /**
   * Shows, for each deployment that `read` tells of when the page is asked for, `tenantry.events.circuit.open` (1 while its events wait because
   * it cannot be reached; 0 for one that is no longer told of) and `….opened`. They are under no tenant.
   */
  observeCircuits(read: () => readonly CircuitMeasurement[]): void
  /**
   * Counts something that an adopted database, once enforced, will refuse or filter, as `tenantry.adoption.findings`, under the
   * tenant of the scope. Kinds and tables are the platform's and the database's own: nothing of them comes from a client.
   */
  recordFinding(kind: string, table: string | undefined): void
  /**
   * Adds to a counter of the service's own, for the tenant of the scope. Throws `CONTEXT_MISSING` outside one,
   * `METRIC_INVALID` for a name, amount or attribute that would not stay bounded or that is the platform's own.
   */
  count(name: string, amount?: number, attributes?: Record<string, string>): void
  /** The metrics in Prometheus' text format. */
  prometheusPage(): Promise<string>
  /**
   * What a process can give to OpenTelemetry's API as its global provider, so that instruments of the service's own are told of with these, under
   * the tenant of the scope in which they are used.
   */
  readonly provider: Provider
  /** Sends what was not sent yet, and ends. */
  close(): Promise<void>
}

/** What meters are made with. */
export interface MetersOptions {
  readonly service: string
  readonly deployment: string
  /** How many tenants have series of their own, the busiest ones; 50, when it is left out. */
  readonly tenantSeries?: number
  /** Where metrics are sent besides being shown. */
  readonly otlp?: OtlpExport | undefined
  /** What else there is to tell of, besides the meters. */
  readonly producers?: readonly MetricProducer[]
}

const platformScope = 'tenantry'
const tenantSeriesDefault = 50
/** Of one instrument, for each tenant that has its own: routes by method and status. */
const seriesPerTenant = 40
/** Of one instrument, however few tenants have their own. */
const seriesMin = 2_000
const counted = (name: string, description: string): Counted => ({ name, description })
const events = {
  emitted: counted('tenantry.events.emitted', 'Events that were emitted'),
  delivered: counted('tenantry.events.delivered', 'Events that were delivered'),
  refused: counted('tenantry.events.refused', 'Events that were refused'),
}
const findings = counted(
  'tenantry.adoption.findings',
  'What an adopted database will refuse or filter once it is enforced',
)
/** The longest route that is told. */
const routeMax = 128
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Makes the meters of one process. The busiest tenants have series of their own and the others those of their tier; besides, from 40 series for each of them, and 2,000, on of an
 * instrument, further ones are counted together as `otel_metric_overflow`.
 */
export function createMeters({
  service,
  deployment,
  tenantSeries = tenantSeriesDefault,
  otlp,
  producers = [],
}: MetersOptions): Meters {
  const own = { 'service.name': service, 'tenantry.deployment': deployment }
  const seriesMax = Math.max(seriesMin, seriesPerTenant * tenantSeries)
  const requests = new RequestSeries(own, { seriesMax, onCollected: () => labels.rank() })
  const counters = new CounterSeries(own, { seriesMax })
  const labels: TenantLabels = new TenantLabels(tenantSeries, (label) => {
    requests.forget(label)
    counters.forget(label)
  })
  const labelOf = (tenant: Tenant | undefined) => (tenant ? labels.of(tenant) : nobody)
  const attributes = new ScopeAttributes(own, labelOf)
  const metricProducers = [requests, counters, ...producers]
  const page = new PageReader({ metricProducers })
  const provider = new MeterProvider({
    readers: [page, ...(otlp ? [createOtlpReader(otlp, metricProducers)] : [])],
    views: [
      {
        instrumentName: '*',
        aggregationCardinalityLimit: seriesMax,
        attributesProcessors: [attributes],
      },
    ],
  })
  const meter = provider.getMeter(platformScope)
  const circuits = {
    open: meter.createObservableGauge('tenantry.events.circuit.open', {
      description: 'Deployments that events cannot reach, and wait for',
    }),
    opened: meter.createObservableCounter('tenantry.events.circuit.opened', {
      description: 'How often a deployment could not be reached any more',
    }),
  }
  const business = new BusinessCounters(counters)

  return {
    provider: reserveInstruments(provider),
    startRequest(method) {
      const bound = boundMethod(method)
      requests.addActive(bound, 1)
      return () => requests.addActive(bound, -1)
    },
    recordRequest({ tenant, method, route, status, durationS }) {
      requests.record({
        ...{
          label: labelOf(tenant),
          method: boundMethod(method),
          route: boundRoute(route),
          status,
          durationS,
        },
      })
    },
    recordEvent(what, type, tenant) {
      const label = labelOf(tenant ?? readContext()?.tenant)
      counters.add(events[what], label, { amount: 1, attributes: { 'tenantry.event.type': type } })
    },
    observeCircuits(read) {
      const told = new Set<string>()
      const observe: BatchObservableCallback = (result) => {
        const circuitOf = new Map(read().map((circuit) => [circuit.deployment, circuit]))
        for (const deployment of circuitOf.keys()) told.add(deployment)
        for (const deployment of told) {
          const of = attributes.of(undefined, { 'tenantry.event.deployment': deployment })
          const { isOpen = false, opened } = circuitOf.get(deployment) ?? {}
          result.observe(circuits.open, isOpen ? 1 : 0, of)
          if (opened !== undefined) result.observe(circuits.opened, opened, of)
        }
      }
      meter.addBatchObservableCallback(observe, Object.values(circuits))
    },
    recordFinding(kind, table) {
      const found = {
        'tenantry.adoption.kind': kind,
        ...(table !== undefined && { 'db.collection.name': table }),
      }
      counters.add(findings, labelOf(readContext()?.tenant), { amount: 1, attributes: found })
    },
    count(name, amount = 1, given = {}) {
      const { tenant } = requireContext()
      business.add(name, labels.of(tenant), { amount, attributes: given })
    },
    async prometheusPage() {
      const { resourceMetrics } = await page.collect()
      return writePrometheus(resourceMetrics)
    },
    close: () => provider.shutdown(),
  }
}

/** Reads metrics when the page is asked for, and not by itself. */
class PageReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

function boundRoute(route: string): string {
  return route.length <= routeMax ? route : unbound
}

function boundMethod(method: string): string {
  return methods.has(method) ? method : '_OTHER'
}
