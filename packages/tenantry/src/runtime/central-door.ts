import { CentralScope, TenantryError, type TokenServiceClient } from '@tenantry/context'
import type { CentralKeySource, TenantKey } from '@tenantry/isolation'

/** The way in for central work: what is on record gets a scope, and that scope alone the key. */
export interface CentralDoor extends CentralKeySource {
  begin(reason: string): Promise<CentralScope>
}

/**
 * Makes the door: a key is asked for each work anew, kept with its scope and nowhere else. `begin` rejects as the token service
 * does, `centralKey` with `CONTEXT_CLOSED` for work that is over and `LEASE_EXPIRED` (503) for one that took longer than its key.
 */
export function createCentralDoor(
  client: Pick<TokenServiceClient, 'centralKey'>,
  audience: string,
): CentralDoor {
  const keys = new WeakMap<CentralScope, TenantKey>()
  return {
    async begin(reason) {
      const { txn, ...key } = await client.centralKey({ audience, reason })
      const scope = new CentralScope({ reason, requestId: txn, expiresAtMs: key.expiresAtMs })
      keys.set(scope, key)
      return scope
    },
    centralKey(scope) {
      const key = keys.get(scope)
      // INVARIANT: nobody reads across tenants off the record. What was begun and is over reads nothing more.
      if (!scope.open || !key) return Promise.reject(closed())
      if (key.expiresAtMs <= Date.now()) return Promise.reject(expired())
      return key
    },
  }
}

function closed(): TenantryError {
  return new TenantryError('CONTEXT_CLOSED', 'this central work is over', {
    help: 'await what reads the database inside `runCentral`',
  })
}

function expired(): TenantryError {
  return new TenantryError('LEASE_EXPIRED', 'the key of this central work has expired', {
    status: 503,
    help: 'begin a statement within a minute, or split the work: each `runCentral` is on record for itself',
  })
}
