import type { CollectionResult, MetricData } from '@opentelemetry/sdk-metrics'

/** What a producer of metrics hands to readers; what has no points is left out. */
export function collectionOf(metrics: readonly MetricData[], errors: unknown[] = []): CollectionResult {
  const told = metrics.filter(({ dataPoints }) => dataPoints.length > 0)
  const scopeMetrics = told.length > 0 ? [{ scope: { name: 'tenantry' }, metrics: told }] : []
  // Readers put the provider's own resource in its place.
  return { resourceMetrics: { resource: undefined as never, scopeMetrics }, errors }
}
