const drainMs = 2_000

/**
 * Ends this process when it is told to (SIGTERM, SIGINT) or when whoever started it is gone: `close` may drain for
 * 2 s, then the process exits. Returns a signal that aborts when the end begins.
 */
export function closeOnStop(close: () => Promise<unknown>): AbortSignal {
  const stopping = new AbortController()
  const stop = () => {
    if (stopping.signal.aborted) return
    stopping.abort()
    setTimeout(() => process.exit(0), drainMs).unref()
    void close().finally(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  // Ctrl-C reaches the whole foreground group; the supervisor decides on the order in which its children stop.
  process.on('SIGINT', () => undefined)
  process.on('disconnect', stop)
  return stopping.signal
}
