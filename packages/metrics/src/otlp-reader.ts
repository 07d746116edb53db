import { createRequire } from 'node:module'
import {
  type MetricProducer,
  type MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'

type Library = typeof import('@opentelemetry/exporter-metrics-otlp-http')

/** Where a process sends its metrics to. */
export interface OtlpExport {
  /** The collector's endpoint for metrics (OTLP over HTTP, in JSON), such as `http://127.0.0.1:4318/v1/metrics`. */
  readonly url: string
  /** How often. */
  readonly everySeconds: number
}

/** Sends all metrics to a collector at intervals, and once more when the process ends. What cannot be sent is left to the next time: totals only grow. */
export function createOtlpReader(
  { url, everySeconds }: OtlpExport,
  metricProducers: MetricProducer[],
): MetricReader {
  // Loaded where it is wanted: it is a hundred modules, and most processes send nothing.
  const require = createRequire(import.meta.url)
  const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-http') as Library
  const everyMs = everySeconds * 1_000
  const timeoutMs = Math.min(everyMs, 5_000)
  return new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url, timeoutMillis: timeoutMs }),
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers,
  })
}
