import { randomUUID } from 'node:crypto'
import type { TenantContext, TokenServiceClient, TokenVerifier } from '@tenantry/context'

/** The way in for requests that no gateway of ours has seen: they bring an access token. */
export interface AccessTokenDoor {
  /**
   * The verified tenant context of an access token's bearer, as a transaction token gives it; `activeTenant` chooses
   * among the token's tenants, and without one the token has to name a single tenant. Rejects as the token service
   * refuses: `ACCESS_TOKEN_INVALID`, `ACCESS_TOKEN_EXPIRED` (401), `TENANT_CHOICE_MISSING` (400), `TENANT_CHOICE_REFUSED`,
   * `ISSUER_TENANT_REFUSED`, `TENANT_UNKNOWN`, `TENANT_SUSPENDED`, `EXCHANGE_REFUSED` (403), `ROUTING_MISDIRECTED` (421),
   * or with `TOKEN_SERVICE_DOWN` (503).
   */
  open(accessToken: string, activeTenant: string | undefined): Promise<TenantContext>
}

// INVARIANT: stop means stop. A suspended tenant is let in for 3 s at most, of the 5 that are promised.
const reuseMaxMs = 3_000
const leftMinMs = 15_000
const entriesMax = 10_000

/**
 * Makes the door of one deployment. Every request gets a transaction token, signed by the token service for this access
 * token, this tenant and this workload, and the service works by that alone.
 *
 * What is reused is the transaction token: for the same bytes of the access token and the same choice, for 3 s, and not
 * in its last 15 s. That is sound because nothing that it says could differ: tenant, user, role and the workload are those
 * of the same bytes, and it ends no later than they do. What could have changed since is the tenant's status and
 * placement, and 3 s are within the 5 s in which a stop holds; the database refuses the tenant's leases at once. The
 * requests that share a token share its request id. A refusal is not remembered.
 */
export function createAccessTokenDoor(options: {
  client: Pick<TokenServiceClient, 'mintForAccessToken'>
  verifier: TokenVerifier
  audience: string
}): AccessTokenDoor {
  const { client, verifier, audience } = options
  const opened = new Map<string, { context: TenantContext; untilMs: number }>()
  const asking = new Map<string, Promise<TenantContext>>()

  async function ask(key: string, accessToken: string, activeTenant?: string): Promise<TenantContext> {
    const askedAtMs = Date.now()
    const token = await client.mintForAccessToken(accessToken, { audience, txn: randomUUID(), activeTenant })
    const context = await verifier.verify(token)
    opened.delete(key)
    forgetOld(opened)
    const untilMs = Math.min(askedAtMs + reuseMaxMs, context.expiresAtMs - leftMinMs)
    if (untilMs > Date.now()) opened.set(key, { context, untilMs })
    return context
  }

  return {
    open(accessToken, activeTenant) {
      // No access token has a space in it: two pairs never make one key.
      const key = activeTenant === undefined ? accessToken : `${accessToken} ${activeTenant}`
      const known = opened.get(key)
      if (known && known.untilMs > Date.now()) return Promise.resolve(known.context)
      let answer = asking.get(key)
      if (!answer) {
        answer = ask(key, accessToken, activeTenant).finally(() => asking.delete(key))
        asking.set(key, answer)
      }
      return answer
    },
  }
}

// Entries are nearly in the order in which they end, and none is there for more than 3 s.
function forgetOld(opened: Map<string, { untilMs: number }>): void {
  for (const [key, { untilMs }] of opened) {
    if (untilMs > Date.now() && opened.size < entriesMax) break
    opened.delete(key)
  }
}
