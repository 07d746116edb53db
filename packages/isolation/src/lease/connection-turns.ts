import type { Tenant } from '@tenantry/context'

/**
 * Decides whose turn it is when a pool has fewer connections than there is work. A statement or a transaction takes a turn before its
 * connection, and gives it back with it.
 */
export interface ConnectionTurns {
  /** What gives the turn back, a second time without effect; a promise of it where others come first, which rejects once it waited for too long. */
  take(tenant: Tenant): (() => void) | Promise<() => void>
}
