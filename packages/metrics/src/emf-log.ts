import type { Attributes } from '@opentelemetry/api'
import { type DataPoint, DataPointType, type MetricProducer } from '@opentelemetry/sdk-metrics'

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
  /** The series of the line before; those that ended are forgotten. */
  #before = new Map<string, DataPoint<number>>()
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
    const before = this.#before
    this.#before = new Map()
    for (const { metrics } of resourceMetrics.scopeMetrics)
      for (const { descriptor, dataPointType, dataPoints } of metrics) {
        if (dataPointType !== DataPointType.SUM) continue
        for (const point of dataPoints) {
          const { attributes } = point
          const place = dimensions.map((dimension) => attributes[dimension]).join(' ')
          const key = `${descriptor.name} ${place}`
          this.#before.set(key, point)
          const added = addedSince(before.get(key), point)
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

/** What was added to a counter; all of it where it began anew. */
function addedSince(before: DataPoint<number> | undefined, { startTime, value }: DataPoint<number>): number {
  const isSame = before?.startTime.join() === startTime.join()
  return before && isSame ? value - before.value : value
}
