import { type Tenant, TenantryError } from '@tenantry/context'
import type { ConnectionTurns } from '@tenantry/isolation'
import { FairQueue } from '@tenantry/routing/deployment'

/** What turns are made from. */
export interface ConnectionTurnsOptions {
  /** How many may have a connection at once. */
  readonly connections: number
  /** For how long one may wait; for ever when it is 0, as in `pg`. */
  readonly waitMs: number
  /** What a tenant weighs beside others now. */
  readonly weightOf: (tenant: Tenant) => number
}

/**
 * Shares a pool's connections among tenants by weight, so that one whose statements are many or slow leaves some to the others. Its
 * turns reject with `CONNECTIONS_BUSY` (503).
 */
export function createConnectionTurns({
  connections,
  waitMs,
  weightOf,
}: ConnectionTurnsOptions): ConnectionTurns {
  // What waits is bounded where requests come in.
  const queue = new FairQueue({
    inFlightMax: connections,
    waitingMax: Number.POSITIVE_INFINITY,
    shared: true,
  })
  return {
    take(tenant) {
      const place = queue.enter(tenant.id, weightOf(tenant))
      if (!place) throw connectionsBusy()
      const leave = () => queue.leave(place)
      if (place.inFlight) return leave
      const { promise, resolve, reject } = Promise.withResolvers<() => void>()
      const giveUp = () => {
        leave()
        reject(connectionsBusy())
      }
      const timer = waitMs > 0 ? setTimeout(giveUp, waitMs) : undefined
      place.onTurn = () => {
        clearTimeout(timer)
        resolve(leave)
      }
      return promise
    },
  }
}

function connectionsBusy(): TenantryError {
  return new TenantryError('CONNECTIONS_BUSY', 'the database has more to do for this service than it can', {
    status: 503,
    help: 'send fewer requests at once; if it stays so, give the deployment more connections, or see which statements are slow',
  })
}
