import { isTenantryError, type Scope, TenantryError, type TokenServiceClient } from '@tenantry/context'
import type { TenantKey, TenantKeySource } from '@tenantry/isolation'

/** A key lives a minute: work that is under way has one for half a minute more, should the token service go away. */
const renewMs = 35_000
/** With less than this left a key is not counted on: a statement that is sent with it has to arrive. */
const spareMs = 2_000
const entriesMax = 1_000

/**
 * Gets tenant keys from the token service, one for each tenant, in exchange for the live token of open work; a key
 * serves the tenant's other work. It is renewed while a scope is open and asks, from 35 s before it expires, and not
 * after: a scope that ended may use what is left of a key while its own token lives. Nobody waits for the renewal of a key
 * that lives, and while the token service is away such keys serve on; what it refuses ends them at once.
 * Rejects with `CONTEXT_CLOSED` or `LEASE_EXPIRED` (503) for work that is over, and as the token service does.
 */
export function createTenantKeyCache(
  client: Pick<TokenServiceClient, 'tenantKey'>,
  audience: string,
): TenantKeySource {
  const keys = new Map<string, TenantKey>()
  const asking = new Map<string, Promise<TenantKey>>()

  async function ask({ context }: Scope): Promise<TenantKey> {
    const key = await client.tenantKey(context.token, { audience })
    // INVARIANT: the lease's tenant is the request's, always.
    if (key.tenant !== context.tenant.id) throw otherTenant()
    keys.delete(key.tenant)
    if (keys.size >= entriesMax) keys.delete(keys.keys().next().value ?? '')
    keys.set(key.tenant, key)
    // INVARIANT: a service holds the keys of open work. An unused one is gone when it ends.
    const forget = () => keys.get(key.tenant) === key && keys.delete(key.tenant)
    setTimeout(forget, key.expiresAtMs - Date.now()).unref()
    return key
  }

  return {
    tenantKey(scope) {
      const { id } = scope.context.tenant
      const tokenLives = scope.context.expiresAtMs > Date.now()
      // INVARIANT: a key is had in exchange for the token of open work. Nothing is asked for after that.
      if (!scope.open && !tokenLives) return Promise.reject(closed())
      const known = keys.get(id)
      const remainingMs = known ? known.expiresAtMs - Date.now() : 0
      const mayAsk = scope.open && tokenLives
      if (known && remainingMs > (mayAsk ? renewMs : 0)) return known
      if (!mayAsk) return Promise.reject(scope.open ? expired() : closed())
      const answer = askOnce(scope)
      if (!known || remainingMs <= spareMs) return answer
      answer.catch((error: unknown) => {
        const isAway = isTenantryError(error) && error.status === 503
        if (!isAway && keys.get(id) === known) keys.delete(id)
      })
      return known
    },
  }

  function askOnce(scope: Scope): Promise<TenantKey> {
    const { id } = scope.context.tenant
    let answer = asking.get(id)
    if (!answer) {
      answer = ask(scope).finally(() => asking.delete(id))
      asking.set(id, answer)
    }
    return answer
  }
}

function closed(): TenantryError {
  return new TenantryError('CONTEXT_CLOSED', 'the work of this tenant context is over', {
    help: 'finish what needs the database before the answer is sent, or emit an event for it',
  })
}

function expired(): TenantryError {
  return new TenantryError('LEASE_EXPIRED', 'the token of this work has expired', {
    status: 503,
    help: 'split the work with events, or into pieces of less than an hour',
  })
}

function otherTenant(): TenantryError {
  return new TenantryError('LEASE_INVALID', 'the token service answered with a key for other work', {
    help: 'see that this deployment and the token service are of one release',
  })
}
