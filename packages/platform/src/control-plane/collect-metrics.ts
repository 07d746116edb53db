import { mergeMetrics } from './merge-metrics.ts'
import { readOperatorPage } from './read-operator-page.ts'

/** Reads the Prometheus pages of all processes from their operator sockets; one that is down is left out. */
export async function collectMetrics(sockets: readonly string[]): Promise<string> {
  const pages = await Promise.allSettled(sockets.map((socket) => readOperatorPage(socket, '/metrics')))
  return mergeMetrics(pages.filter((page) => page.status === 'fulfilled').map(({ value }) => value))
}
