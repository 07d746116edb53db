import { type Patience, readOperatorPage } from '../../process/read-operator-page.ts'
import { mergeMetrics } from './merge-metrics.ts'
import { ownSamples } from './own-samples.ts'

/** A process that has a page of its own. */
export interface MetricsSource {
  readonly workload: string
  readonly socket: string
}

/**
 * Puts the Prometheus pages of all processes together: its own, and those from their operator sockets. One that is down is left out, and of each what
 * is no sample of its own: a process that was taken over speaks for no other, and spoils no page.
 */
export async function collectMetrics(
  own: () => Promise<string>,
  sources: readonly MetricsSource[],
  patience?: Patience,
): Promise<string> {
  const reading = sources.map(async ({ workload, socket }) =>
    ownSamples(workload, await readOperatorPage(socket, '/metrics', patience)),
  )
  const pages = await Promise.allSettled([own(), ...reading])
  return mergeMetrics(pages.filter((page) => page.status === 'fulfilled').map(({ value }) => value))
}
