import { setTimeout as sleep } from 'node:timers/promises'
import { isTenantryError, type LiveSnapshot } from '@tenantry/platform'

/** What is known of the moment: the last second that was told, and whether nothing is told any more. */
export interface LiveState {
  readonly snapshot?: LiveSnapshot | undefined
  /** Since when, in milliseconds since 1970, nothing was told. */
  readonly away?: { readonly sinceMs: number; readonly why: string } | undefined
}

const againMs = 1_000

/**
 * Follows what happens now until `signal` aborts. While the control plane is away, or has too many readers, it is asked again each second, and told since when
 * it is so; any other refusal rejects.
 */
export async function* followLive(
  live: (signal: AbortSignal) => AsyncIterable<LiveSnapshot>,
  signal: AbortSignal,
): AsyncGenerator<LiveState> {
  let snapshot: LiveSnapshot | undefined
  let sinceMs = Date.now()
  while (!signal.aborted) {
    try {
      for await (snapshot of live(signal)) {
        sinceMs = Date.now()
        yield { snapshot }
      }
    } catch (error) {
      if (!isTenantryError(error) || error.status !== 503) throw error
      yield { snapshot, away: { sinceMs, why: error.message } }
    }
    await sleep(againMs, undefined, { signal }).catch(() => undefined)
  }
}
