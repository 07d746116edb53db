const drainMs = 1_500

/**
 * Ends this process when the platform says so (SIGTERM) or is gone: `close` may drain for 1.5 s; for as long as the platform gives it
 * where another copy has taken its place.
 */
export function stopWithPlatform(close: () => Promise<unknown>): void {
  let stopping = false
  const stop = (graceMs: number) => {
    // One that retires may still be told that there is no more time.
    setTimeout(() => process.exit(0), graceMs).unref()
    if (stopping) return
    stopping = true
    void close().finally(() => process.exit(0))
  }
  process.on('SIGTERM', () => stop(drainMs))
  if (!process.channel) return
  process.once('disconnect', () => stop(drainMs))
  process.on('message', (message: { type?: unknown; drainMs?: unknown } | null) => {
    if (message?.type === 'retire' && typeof message.drainMs === 'number') stop(message.drainMs)
  })
}
