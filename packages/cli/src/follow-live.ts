import { setTimeout as sleep } from 'node:timers/promises'
import { isTenantryError, type LiveSnapshot } from '@tenantry/platform'

/** What is known of the moment: the last second that was told, and since when nothing is. */
export interface LiveState {
  readonly snapshot?: LiveSnapshot | undefined
  readonly away?: { readonly forMs: number; readonly why: string } | undefined
}

const againMs = 1_000

/**
 * Follows what happens now until `signal` aborts. While the control plane is away, or has too many readers, it is asked again each second, and told for how long
 * it is so; any other refusal rejects.
 */
export async function* followLive(
  live: (signal: AbortSignal) => AsyncIterable<LiveSnapshot>,
  signal: AbortSignal,
): AsyncGenerator<LiveState> {
  let snapshot: LiveSnapshot | undefined
  let awayAtMs: number | undefined
  while (!signal.aborted) {
    try {
      for await (snapshot of live(signal)) {
        awayAtMs = undefined
        yield { snapshot }
      }
    } catch (error) {
      if (!isTenantryError(error) || error.status !== 503) throw error
      awayAtMs ??= performance.now()
      yield { snapshot, away: { forMs: performance.now() - awayAtMs, why: error.message } }
    }
    await sleep(againMs, undefined, { signal }).catch(() => undefined)
  }
}
