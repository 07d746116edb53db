import type { Scope, TokenServiceClient } from '@tenantry/context'
import type { TenantKey, TenantKeySource } from '@tenantry/isolation'

const renewMs = 15_000
const entriesMax = 1_000

/**
 * Gets tenant keys from the token service, one for each tenant, in exchange for a token of open work; a key serves the
 * tenant's other work until 15 s before it expires. It is renewed while a scope is open and asks, and not after: a
 * scope that ended may use what is left of a key. Rejects as the token service does.
 */
export function createTenantKeyCache(
  client: Pick<TokenServiceClient, 'tenantKey'>,
  audience: string,
): TenantKeySource {
  const keys = new Map<string, TenantKey>()
  const asking = new Map<string, Promise<TenantKey>>()

  async function ask({ context }: Scope): Promise<TenantKey> {
    const key = await client.tenantKey(context.token, { audience })
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
      const known = keys.get(id)
      const remainingMs = known ? known.expiresAtMs - Date.now() : 0
      if (known && (remainingMs > renewMs || (!scope.open && remainingMs > 0))) return known
      let answer = asking.get(id)
      if (!answer) {
        answer = ask(scope).finally(() => asking.delete(id))
        asking.set(id, answer)
      }
      return answer
    },
  }
}
