import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { mergeMetrics } from './merge-metrics.ts'

/** Reads the Prometheus pages of all processes from their operator sockets; one that is down is left out. */
export async function collectMetrics(sockets: readonly string[]): Promise<string> {
  const pages = await Promise.allSettled(sockets.map(readPage))
  return mergeMetrics(pages.filter((page) => page.status === 'fulfilled').map(({ value }) => value))
}

function readPage(socketPath: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const call = request({ socketPath, path: '/metrics', timeout: 1_000 })
  call.on('response', (answer) => {
    if (answer.statusCode === 200) text(answer).then(resolve, reject)
    else answer.resume().on('end', () => reject(new Error(`answered ${answer.statusCode}`)))
  })
  call.on('timeout', () => call.destroy(new Error('no answer within 1 s'))).on('error', reject)
  call.end()
  return promise
}
