const drainMs = 1_500

/** Ends this process when the platform says so (SIGTERM) or is gone: `close` may drain for 1.5 s. */
export function stopWithPlatform(close: () => Promise<unknown>): void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(0), drainMs).unref()
    void close().finally(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  if (process.channel) process.once('disconnect', stop)
}
