import type { ServerResponse } from 'node:http'
import { TenantryError } from '@tenantry/context'
import type { LiveUsage } from './live-usage.ts'

const everyMs = 1_000
const readersMax = 32
/** A reader that has not read so much is cut off. */
const unreadBytesMax = 1024 * 1024

/** Tells what happens now to whoever reads it, once a second, as server-sent events (WHATWG HTML, 9.2). */
export class LiveReaders {
  readonly #live: LiveUsage
  readonly #readers = new Set<ServerResponse>()
  readonly #timer: NodeJS.Timeout

  constructor(live: LiveUsage) {
    this.#live = live
    this.#timer = setInterval(() => this.#tell(), everyMs).unref()
  }

  /** Throws `LIVE_FULL` (503) when as many read as may. */
  requirePlace(): void {
    if (this.#readers.size < readersMax) return
    throw new TenantryError('LIVE_FULL', `${readersMax} already read what happens now`, {
      status: 503,
      help: 'close a page that shows it',
    })
  }

  /** Answers with the last 300 s and then each second, until the reader goes. */
  add(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write(eventOf('history', { points: this.#live.history }))
    this.#readers.add(response)
    response.once('close', () => this.#readers.delete(response))
    response.on('error', () => response.destroy())
  }

  /** Ends all of them. */
  close(): void {
    clearInterval(this.#timer)
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
  }

  #tell(): void {
    const snapshot = this.#live.take()
    if (this.#readers.size === 0) return
    const text = eventOf('live', snapshot)
    for (const reader of this.#readers) {
      if (reader.writableLength > unreadBytesMax) reader.destroy()
      else reader.write(text)
    }
  }
}

function eventOf(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
