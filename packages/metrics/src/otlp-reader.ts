import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import {
  type MetricProducer,
  type MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'

/** Where a process sends its metrics to. */
export interface OtlpExport {
  /** The collector's endpoint for metrics (OTLP over HTTP, in JSON), such as `http://127.0.0.1:4318/v1/metrics`. */
  readonly url: string
  /** How often. */
  readonly everyMs: number
}

/** Sends all metrics to a collector at intervals, and once more when the process ends. What cannot be sent is left to the next time: totals only grow. */
export function createOtlpReader(
  { url, everyMs }: OtlpExport,
  metricProducers: MetricProducer[],
): MetricReader {
  return new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url, timeoutMillis: Math.min(everyMs, 5_000) }),
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: Math.min(everyMs, 5_000),
    metricProducers,
  })
}
