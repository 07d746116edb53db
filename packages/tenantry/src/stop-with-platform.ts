import { setTimeout as sleep } from 'node:timers/promises'
import { reportLast } from './runtime.ts'

const drainMs = 1_500

/**
 * Ends this process when the platform says so (SIGTERM) or is gone: `close` may drain for 1.5 s, then what was counted for tenants is
 * reported a last time.
 */
export function stopWithPlatform(close: () => Promise<unknown>): void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    void Promise.race([close(), sleep(drainMs)])
      .finally(reportLast)
      .finally(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  if (process.channel) process.once('disconnect', stop)
}
