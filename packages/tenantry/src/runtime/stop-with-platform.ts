import { reportLast } from './require-runtime.ts'

const drainMs = 1_500

/**
 * Ends this process when the platform says so (SIGTERM) or is gone: `close` may drain for 1.5 s, and for as long as the platform gives it
 * where another copy has taken its place; then what was counted for tenants is reported a last time.
 */
export function stopWithPlatform(close: () => Promise<unknown>): void {
  let stopping = false
  const over = Promise.withResolvers<void>()
  const stop = (graceMs: number) => {
    // One that retires may still be told that there is no more time.
    setTimeout(over.resolve, graceMs)
    if (stopping) return
    stopping = true
    void Promise.race([close(), over.promise])
      .finally(reportLast)
      .finally(() => process.exit(0))
  }
  process.on('SIGTERM', () => stop(drainMs))
  if (!process.channel) return
  process.once('disconnect', () => stop(drainMs))
  process.on('message', (message: { type?: unknown; drainMs?: unknown } | null) => {
    if (message?.type === 'retire' && typeof message.drainMs === 'number') stop(message.drainMs)
  })
}
