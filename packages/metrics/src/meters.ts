import type { Attributes, BatchObservableCallback } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { readContext, requireContext, type Tenant } from '@tenantry/context'
import { BusinessCounters } from './business-counters.ts'

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
}

const seriesMax = 2_000
const durationBucketsS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Makes the meters of one process. Series are bounded: from the 2,000th on of an instrument, further ones are counted
 * together as `otel_metric_overflow`.
 */
export function createMeters(owner: { service: string; deployment: string }): Meters {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true)
  const provider = new MeterProvider({
    readers: [exporter],
    views: [{ instrumentName: '*', aggregationCardinalityLimit: seriesMax }],
  })
  const meter = provider.getMeter('tenantry')
  const own = { 'service.name': owner.service, 'tenantry.deployment': owner.deployment }
  const requests = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of answered requests',
    advice: { explicitBucketBoundaries: durationBucketsS },
  })
  const active = meter.createUpDownCounter('http.server.active_requests', {
    unit: '{request}',
    description: 'Requests that are not answered yet',
  })
  const event = (what: 'emitted' | 'delivered' | 'refused') =>
    meter.createCounter(`tenantry.events.${what}`, { description: `Events that were ${what}` })
  const events = { emitted: event('emitted'), delivered: event('delivered'), refused: event('refused') }
  const circuits = {
    open: meter.createObservableGauge('tenantry.events.circuit.open', {
      description: 'Deployments that events cannot reach, and wait for',
    }),
    opened: meter.createObservableCounter('tenantry.events.circuit.opened', {
      description: 'How often a deployment could not be reached any more',
    }),
  }
  const findings = meter.createCounter('tenantry.adoption.findings', {
    description: 'What an adopted database will refuse or filter once it is enforced',
  })
  const business = new BusinessCounters(meter)

  return {
    startRequest(method) {
      const attributes = { ...own, 'http.request.method': boundMethod(method) }
      active.add(1, attributes)
      return () => active.add(-1, attributes)
    },
    recordRequest({ tenant, method, route, status, durationS }) {
      requests.record(durationS, {
        ...own,
        ...tenantAttributes(tenant),
        'http.request.method': boundMethod(method),
        'http.route': route,
        'http.response.status_code': status,
      })
    },
    recordEvent(what, type, tenant) {
      events[what].add(1, {
        ...own,
        ...tenantAttributes(tenant ?? readContext()?.tenant),
        'tenantry.event.type': type,
      })
    },
    observeCircuits(read) {
      const told = new Set<string>()
      const observe: BatchObservableCallback = (result) => {
        const circuitOf = new Map(read().map((circuit) => [circuit.deployment, circuit]))
        for (const deployment of circuitOf.keys()) told.add(deployment)
        for (const deployment of told) {
          const attributes = { ...own, 'tenantry.event.deployment': deployment }
          const { isOpen = false, opened } = circuitOf.get(deployment) ?? {}
          result.observe(circuits.open, isOpen ? 1 : 0, attributes)
          if (opened !== undefined) result.observe(circuits.opened, opened, attributes)
        }
      }
      meter.addBatchObservableCallback(observe, Object.values(circuits))
    },
    recordFinding(kind, table) {
      findings.add(1, {
        ...own,
        ...tenantAttributes(readContext()?.tenant),
        'tenantry.adoption.kind': kind,
        ...(table !== undefined && { 'db.collection.name': table }),
      })
    },
    count(name, amount = 1, attributes = {}) {
      const { tenant } = requireContext()
      business.add(name, amount, attributes, { ...own, ...tenantAttributes(tenant) })
    },
    async prometheusPage() {
      const { resourceMetrics } = await exporter.collect()
      return serializer.serialize(resourceMetrics)
    },
  }
}

function tenantAttributes(tenant: Tenant | undefined): Attributes {
  return tenant ? { 'tenant.id': tenant.id, 'tenant.tier': tenant.tier } : {}
}

function boundMethod(method: string): string {
  return methods.has(method) ? method : '_OTHER'
}
