import type { Attributes, Counter, Meter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { readContext, requireContext, type Tenant, TenantryError } from '@tenantry/context'

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

/** A process's meters, by OpenTelemetry's names, with the tenant in `tenant.id` and `tenant.tier`. */
export interface Meters {
  /** Counts a request and its duration as `http.server.request.duration`, in seconds. */
  recordRequest(measurement: RequestMeasurement): void
  /** Counts an event: written to the outbox, delivered, or refused. */
  recordEvent(what: 'emitted' | 'delivered' | 'refused', type: string, tenant: Tenant | undefined): void
  /**
   * Adds to a counter of the service's own, for the tenant of the scope. Throws `CONTEXT_MISSING` outside one,
   * `METRIC_INVALID` for a name or attribute that would not stay bounded.
   */
  count(name: string, amount?: number, attributes?: Record<string, string>): void
  /** The metrics in Prometheus' text format. */
  prometheusPage(): Promise<string>
}

const seriesMax = 2_000
const attributesMax = 5
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
  const events = meter.createCounter('tenantry.events', { description: 'Events by what became of them' })
  const counters = new Map<string, Counter>()

  return {
    recordRequest({ tenant, method, route, status, durationS }) {
      requests.record(durationS, {
        ...own,
        ...tenantAttributes(tenant),
        'http.request.method': methods.has(method) ? method : '_OTHER',
        'http.route': route,
        'http.response.status_code': status,
      })
    },
    recordEvent(what, type, tenant) {
      events.add(1, {
        ...own,
        ...tenantAttributes(tenant ?? readContext()?.tenant),
        'tenantry.event.outcome': what,
        'tenantry.event.type': type,
      })
    },
    count(name, amount = 1, attributes = {}) {
      const { tenant } = requireContext()
      requireBounded(name, attributes)
      requireCounter(meter, counters, name).add(amount, {
        ...attributes,
        ...own,
        ...tenantAttributes(tenant),
      })
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

function requireCounter(meter: Meter, counters: Map<string, Counter>, name: string): Counter {
  const known = counters.get(name)
  if (known) return known
  const counter = meter.createCounter(name)
  counters.set(name, counter)
  return counter
}

// What a client sends must not become a series of its own: names and values are short words of the service's code.
function requireBounded(name: string, attributes: Record<string, string>): void {
  const entries = Object.entries(attributes)
  const named = /^[a-z][a-z0-9_.]{0,62}$/.test(name)
  const bounded = entries.every(
    ([key, value]) => /^[a-z][a-z0-9_.]{0,62}$/.test(key) && /^[\w.-]{1,64}$/.test(value),
  )
  if (named && bounded && entries.length <= attributesMax) return
  throw new TenantryError(
    'METRIC_INVALID',
    `metric \`${name.slice(0, 63)}\` has a name or attribute that is not bounded`,
    {
      help: 'use lowercase dotted names, at most 5 attributes, and values of a small fixed set',
    },
  )
}
