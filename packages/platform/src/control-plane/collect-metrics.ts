import { mergeMetrics } from './merge-metrics.ts'
import { readOperatorPage } from './read-operator-page.ts'

/** Puts the Prometheus pages of all processes together: its own, and those from their operator sockets; one that is down is left out. */
export async function collectMetrics(
  own: () => Promise<string>,
  sockets: readonly string[],
): Promise<string> {
  const reading = sockets.map((socket) => readOperatorPage(socket, '/metrics'))
  const pages = await Promise.allSettled([own(), ...reading])
  return mergeMetrics(pages.filter((page) => page.status === 'fulfilled').map(({ value }) => value))
}
