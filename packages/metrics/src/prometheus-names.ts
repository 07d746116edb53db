import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'

/** What Prometheus calls the units that OpenTelemetry names by UCUM. */
const units: Readonly<Record<string, string>> = {
  ...{ d: 'days', h: 'hours', min: 'minutes', s: 'seconds', ms: 'milliseconds', us: 'microseconds' },
  ...{ ns: 'nanoseconds', By: 'bytes', KiBy: 'kibibytes', MiBy: 'mebibytes', GiBy: 'gibibytes' },
  ...{ KBy: 'kilobytes', MBy: 'megabytes', GBy: 'gigabytes', '%': 'percent', Cel: 'celsius', Hz: 'hertz' },
  ...{ m: 'meters', g: 'grams', J: 'joules', W: 'watts', V: 'volts', A: 'amperes' },
}

/**
 * A metric's name as Prometheus has it, with its unit and a counter's `_total`, as its own receiver of OTLP makes it (OpenTelemetry's Prometheus and
 * OpenMetrics Compatibility, Metric Metadata): what is scraped and what was sent to it are one metric.
 */
export function prometheusName(metric: MetricData): string {
  const { name, unit } = metric.descriptor
  const words = prometheusLabel(name)
    .replace(/_total$/, '')
    .split('_')
  const isRatio = unit === '1' && metric.dataPointType === DataPointType.GAUGE
  const suffix = isRatio ? 'ratio' : Object.hasOwn(units, unit) ? units[unit] : undefined
  if (suffix !== undefined && !words.includes(suffix)) words.push(suffix)
  const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic
  return isCounter ? `${words.join('_')}_total` : words.join('_')
}

/** What a name or an attribute becomes in Prometheus' format. */
export function prometheusLabel(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '_').replace(/_{2,}/g, '_')
}
