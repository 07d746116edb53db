import { readRetirement } from './retirement.ts'

const drainMs = 2_000

/**
 * Ends this process when it is told to (SIGTERM, SIGINT) or when whoever started it is gone: `close` may drain for
 * 2 s, then the process exits; for as long as it is given where another one has taken its place. Returns a signal that aborts when the end begins.
 */
export function closeOnStop(close: () => Promise<unknown>): AbortSignal {
  const stopping = new AbortController()
  const stop = (graceMs: number) => {
    // One that retires may still be told that there is no more time.
    setTimeout(() => process.exit(0), graceMs).unref()
    if (stopping.signal.aborted) return
    stopping.abort()
    void close().finally(() => process.exit(0))
  }
  process.on('SIGTERM', () => stop(drainMs))
  // Ctrl-C reaches the whole foreground group; the supervisor decides on the order in which its children stop.
  process.on('SIGINT', () => undefined)
  process.on('disconnect', () => stop(drainMs))
  process.on('message', (message) => {
    const retirement = readRetirement(message)
    if (retirement) stop(retirement.drainMs)
  })
  return stopping.signal
}
