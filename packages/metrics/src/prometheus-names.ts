import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** What Prometheus calls the units that OpenTelemetry names by UCUM. */
const units: Readonly<Record<string, string>> = {
  ...{ d: 'days', h: 'hours', min: 'minutes', s: 'seconds', ms: 'milliseconds', us: 'microseconds' },
  ...{ ns: 'nanoseconds', By: 'bytes', KiBy: 'kibibytes', MiBy: 'mebibytes', GiBy: 'gibibytes' },
  ...{ KBy: 'kilobytes', MBy: 'megabytes', GBy: 'gigabytes', '%': 'percent', Cel: 'celsius', Hz: 'hertz' },
  ...{ m: 'meters', g: 'grams', J: 'joules', W: 'watts', V: 'volts', A: 'amperes' },
}

/**
 * The same metrics, with the unit in each name, as Prometheus has it and its own receiver of OTLP makes it
 * (OpenTelemetry's Prometheus and OpenMetrics Compatibility, Metric Metadata): what is scraped and what was sent to it are one metric.
 */
export function withUnitNames(metrics: ResourceMetrics): ResourceMetrics {
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => ({
        ...metric,
        descriptor: { ...metric.descriptor, name: unitName(metric), unit: '' },
      })),
    })),
  }
}

/** What a name or an attribute becomes in Prometheus' format. */
export function prometheusLabel(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '_').replace(/_{2,}/g, '_')
}

function unitName({ descriptor: { name, unit }, dataPointType }: MetricData): string {
  const isRatio = unit === '1' && dataPointType === DataPointType.GAUGE
  const suffix = isRatio ? 'ratio' : Object.hasOwn(units, unit) ? units[unit] : undefined
  const words = prometheusLabel(name).split('_')
  if (suffix === undefined || words.includes(suffix)) return name
  // `_total` stands at the end.
  return words.at(-1) === 'total' ? `${words.slice(0, -1).join('_')}_${suffix}_total` : `${name}.${suffix}`
}
