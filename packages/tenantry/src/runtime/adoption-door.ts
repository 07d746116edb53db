import { leaveScope } from '@tenantry/context'
import type { AdoptionMode } from '@tenantry/isolation'

/** What becomes of requests that are for no tenant, while a service's database is adopted. */
export interface AdoptionDoor {
  /** What refusing would be now: `enforce` refuses, any other lets the request run outside every scope. */
  mode(): Promise<AdoptionMode>
}

const freshMs = 3_000

/**
 * Asks the database, at most every 3 s and only when there is such a request. While the database cannot be asked, what it said last
 * holds; when it never said anything, requests are refused.
 */
export function createAdoptionDoor(
  readMode: () => Promise<AdoptionMode>,
  { now = () => performance.now() } = {},
): AdoptionDoor {
  let known: AdoptionMode = 'enforce'
  let askedAtMs = Number.NEGATIVE_INFINITY
  let asking: Promise<AdoptionMode> | undefined

  async function ask(): Promise<AdoptionMode> {
    try {
      known = await leaveScope(readMode)
      askedAtMs = now()
    } catch {
      // The next request asks again.
    } finally {
      asking = undefined
    }
    return known
  }

  return {
    async mode() {
      if (now() - askedAtMs < freshMs) return known
      asking ??= ask()
      return asking
    },
  }
}
