import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkloadCredential } from '@tenantry/context'
import type { Directory, DirectoryMessage } from './directory.ts'

/** How the directory feed is reached and with what credential. */
export interface DirectoryFeedOptions {
  socketPath: string
  credential: WorkloadCredential
  signal: AbortSignal
  /** Called after each message was applied. */
  onMessage?: (message: DirectoryMessage) => void
  /** Called when the feed broke; it is tried again by itself. */
  onInterrupted?: (error: unknown) => void
}

const silenceMaxMs = 5_000
const retryMs = 200

/**
 * Keeps `directory` current from the control plane until `signal` aborts. While the control plane is away, the
 * last state is kept, so that what runs keeps running. Settles only after `signal`; never throws.
 */
export async function followDirectory(directory: Directory, options: DirectoryFeedOptions): Promise<void> {
  const { signal } = options
  while (!signal.aborted) {
    try {
      for await (const message of readFeed(options)) {
        directory.apply(message)
        options.onMessage?.(message)
      }
    } catch (error) {
      if (!signal.aborted) options.onInterrupted?.(error)
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined)
  }
}

async function* readFeed(options: DirectoryFeedOptions): AsyncGenerator<DirectoryMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>()
  const call = request({
    socketPath: options.socketPath,
    path: '/directory',
    headers: { authorization: `Bearer ${options.credential('control-plane')}` },
    signal: options.signal,
    timeout: silenceMaxMs,
  })
  call.on('response', resolve).on('error', reject)
  call.on('timeout', () => call.destroy(new Error('the directory feed fell silent')))
  call.end()
  const answer = await promise
  if (answer.statusCode !== 200) {
    answer.resume()
    throw new Error(`the directory feed answered ${answer.statusCode}`)
  }
  for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield JSON.parse(line) as DirectoryMessage
  }
}
