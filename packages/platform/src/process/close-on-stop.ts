import { readRetirement } from './retirement.ts'

/** How a process ends besides. */
export interface StopOptions {
  /** For how long it may drain, in milliseconds; 1.5 s. */
  readonly drainMs?: number
  /** What is done last, once it is drained or was not in time: what it counted is reported. */
  readonly last?: () => Promise<unknown>
}

/**
 * Ends this process when it is told to (SIGTERM, SIGINT) or when whoever started it is gone: `close` may drain for
 * 1.5 s, and for as long as it is given where another process has taken its place; then the process does what is last and exits. Returns a
 * signal that aborts when the end begins.
 */
export function closeOnStop(
  close: () => Promise<unknown>,
  { drainMs = 1_500, last = async () => undefined }: StopOptions = {},
): AbortSignal {
  const stopping = new AbortController()
  const over = Promise.withResolvers<void>()
  const stop = (graceMs: number) => {
    // One that retires may still be told that there is no more time.
    setTimeout(over.resolve, graceMs)
    if (stopping.signal.aborted) return
    stopping.abort()
    void Promise.race([close(), over.promise])
      .finally(last)
      .finally(() => process.exit(0))
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
