import { setTimeout as sleep } from 'node:timers/promises'
import { isTenantryError } from '@tenantry/context'

const pauseMs = 100

/**
 * Repeats `work` as long as it fails because another process is away (503), which is then being started again: the
 * token service knows no one before it has followed our directory, and we need its keys. Rejects with any other error.
 */
export async function untilAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isTenantryError(error) || error.status !== 503) throw error
    }
    await sleep(pauseMs)
  }
}
