import { z } from 'zod'
import { duration, durationMs } from './events-config.ts'
import type { HopLogBounds } from './hops/hop-log.ts'

/** How much of requests that are over `tenantry explain` can tell of. */
export const explainSchema = z.strictObject({
  /** For how long at most. */
  keep: duration.default('24h'),
  /** How much memory each process takes for it, in MiB: the newest requests stay. 0 keeps nothing. */
  mebibytesPerProcess: z.number().min(0).max(1_024).default(8),
})

/** What each process keeps of its requests; `undefined` where nothing is kept. */
export function hopBounds({
  keep,
  mebibytesPerProcess,
}: z.output<typeof explainSchema>): HopLogBounds | undefined {
  if (mebibytesPerProcess === 0) return undefined
  return { bytesMax: Math.floor(mebibytesPerProcess * 1024 * 1024), keepMs: durationMs(keep) }
}
