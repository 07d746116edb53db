import type { Attributes } from '@opentelemetry/api'
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { prometheusLabel, prometheusName } from './prometheus-names.ts'

/** What series are told by, as it is written: most are written again at each reading. */
const written = new WeakMap<Attributes, string>()

/**
 * Writes metrics in Prometheus' text format (0.0.4). Labels are written once for a series and not once for a line: a page can have tens of thousands, and whoever
 * writes it does nothing else meanwhile. Exponential histograms, which the format has none of, are left out.
 */
export function writePrometheus({ scopeMetrics }: ResourceMetrics): string {
  const lines: string[] = []
  for (const { metrics } of scopeMetrics) for (const metric of metrics) writeMetric(metric, lines)
  return lines.length > 0 ? `${lines.join('\n')}\n` : ''
}

function writeMetric(metric: MetricData, lines: string[]): void {
  const type = typeOf(metric)
  if (!type || metric.dataPoints.length === 0) return
  const name = prometheusName(metric)
  const help = metric.descriptor.description.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  lines.push(`# HELP ${name} ${help || 'description missing'}`, `# TYPE ${name} ${type}`)
  if (metric.dataPointType !== DataPointType.HISTOGRAM) {
    for (const { attributes, value } of metric.dataPoints)
      lines.push(`${name}{${labelsOf(attributes)}} ${numeral(Number(value))}`)
    return
  }
  for (const { attributes, value } of metric.dataPoints) {
    const labels = labelsOf(attributes)
    const { boundaries, counts } = value.buckets
    lines.push(`${name}_count{${labels}} ${value.count}`)
    if (value.sum !== undefined) lines.push(`${name}_sum{${labels}} ${numeral(value.sum)}`)
    const before = `${name}_bucket{${labels}${labels ? ',' : ''}le="`
    let total = 0
    for (const [at, count] of counts.entries()) {
      total += count
      lines.push(`${before}${numeral(boundaries[at] ?? Number.POSITIVE_INFINITY)}"} ${total}`)
    }
  }
}

function typeOf(metric: MetricData): 'counter' | 'gauge' | 'histogram' | undefined {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return 'histogram'
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge'
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'gauge'
  return undefined
}

function labelsOf(attributes: Attributes): string {
  const known = written.get(attributes)
  if (known !== undefined) return known
  const labels = Object.entries(attributes)
    .map(([name, value]) => `${prometheusLabel(name)}="${escaped(String(value))}"`)
    .join(',')
  written.set(attributes, labels)
  return labels
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function numeral(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
