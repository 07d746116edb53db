import type { Attributes } from '@opentelemetry/api'
import { DataPointType, type MetricProducer } from '@opentelemetry/sdk-metrics'

/** What lines are written with. */
export interface EmfLogOptions {
  /** The counters that are told of. */
  readonly producer: MetricProducer
  readonly namespace: string
  readonly everySeconds: number
  /** Takes one line, with its end. */
  readonly write: (line: string) => unknown
}

/** CloudWatch's names of OpenTelemetry's units. */
const units: Readonly<Record<string, string>> = { s: 'Seconds', By: 'Bytes' }
const dimensions = ['tenant.id', 'tenant.tier', 'service.name', 'tenantry.deployment']

/**
 * Writes what was added to counters since the line before, in the embedded metric format of CloudWatch: a line for each tenant, service and deployment, at
 * intervals. An agent that reads the log makes metrics of them; nothing is sent from here. What was not added to has no line.
 */
export class EmfLog {
  readonly #options: EmfLogOptions
  readonly #before = new Map<string, number>()
  readonly #timer: NodeJS.Timeout

  constructor(options: EmfLogOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.write(), options.everySeconds * 1_000).unref()
  }

  /** Writes the lines that are due. */
  async write(): Promise<void> {
    const { producer, write } = this.#options
    const { resourceMetrics } = await producer.collect()
    const lines = new Map<string, { attributes: Attributes; metrics: EmfMetric[] }>()
    for (const { metrics } of resourceMetrics.scopeMetrics)
      for (const { descriptor, dataPointType, dataPoints } of metrics) {
        if (dataPointType !== DataPointType.SUM) continue
        for (const { attributes, value } of dataPoints) {
          const place = dimensions.map((dimension) => attributes[dimension]).join(' ')
          const added = this.#add(`${descriptor.name} ${place}`, value)
          if (added === 0) continue
          const line = lines.get(place) ?? { attributes, metrics: [] }
          lines.set(place, line)
          line.metrics.push({ name: descriptor.name, unit: units[descriptor.unit] ?? 'Count', value: added })
        }
      }
    for (const line of lines.values()) write(`${JSON.stringify(this.#describe(line))}\n`)
  }

  /** Writes a last time, and ends. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.write()
  }

  /** What was added to a counter; all of it where it began anew. */
  #add(key: string, value: number): number {
    const before = this.#before.get(key) ?? 0
    this.#before.set(key, value)
    return value < before ? value : value - before
  }

  #describe({ attributes, metrics }: { attributes: Attributes; metrics: readonly EmfMetric[] }): object {
    return {
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: this.#options.namespace,
            Dimensions: [dimensions],
            Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
          },
        ],
      },
      ...attributes,
      ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    }
  }
}

interface EmfMetric {
  readonly name: string
  readonly unit: string
  readonly value: number
}
