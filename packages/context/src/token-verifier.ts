import type { KeyObject } from 'node:crypto'
import { peekKid } from './jws.ts'
import { keyFinder } from './signing-key.ts'
import type { TenantContext } from './tenant-context.ts'
import type { TokenServiceClient } from './token-service-client.ts'
import { verifyTransactionToken } from './transaction-token.ts'

/** Verifies transaction tokens, and remembers which ones it has verified. */
export interface TokenVerifier {
  /**
   * The tenant context of a live, valid token. Rejects as `verifyTransactionToken` throws, or with
   * `TOKEN_SERVICE_DOWN` (503) when the keys were never got.
   */
  verify(token: string): Promise<TenantContext>
}

const generationMax = 5_000
const refetchMs = 1_000
/** A key is published for longer than this before it signs. */
const pollMs = 30_000

/**
 * Makes a verifier that gets the keys from the token service: at the first token, from then on every 30 s, and again, at most
 * once a second, for a token of an unknown key. Keys that are no longer published are kept, because tokens signed with them may live.
 */
export function createTokenVerifier(options: {
  client: Pick<TokenServiceClient, 'jwks'>
  audience: string
}): TokenVerifier {
  const keys = new Map<string, KeyObject>()
  // Two generations: to drop the oldest entry of a map, one by one, takes longer the more were dropped before.
  let recent = new Map<string, TenantContext>()
  let older = new Map<string, TenantContext>()
  let fetching: Promise<void> | undefined
  let isPolling = false
  let fetchedAtMs = Number.NEGATIVE_INFINITY

  async function fetchKeys(): Promise<void> {
    const jwks = await options.client.jwks()
    if (!isPolling) poll()
    fetchedAtMs = Date.now()
    const find = keyFinder(jwks)
    for (const { kid } of jwks) {
      const key = find(kid)
      if (key) keys.set(kid, key)
    }
  }

  function poll(): void {
    isPolling = true
    // What cannot be had now is had the next time, or when a token needs it.
    setInterval(() => void fetchKeys().catch(() => undefined), pollMs).unref()
  }

  async function requireKeyOf(token: string): Promise<void> {
    const kid = peekKid(token)
    if (kid === undefined || keys.has(kid) || Date.now() - fetchedAtMs < refetchMs) return
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined
    })
    await fetching
  }

  return {
    async verify(token) {
      const known = recent.get(token) ?? older.get(token)
      if (known && known.expiresAtMs > Date.now()) return known
      await requireKeyOf(token)
      const context = verifyTransactionToken(token, {
        audience: options.audience,
        findKey: (kid) => keys.get(kid),
      })
      // The oldest go first: a token is used within a minute or not at all.
      if (recent.size >= generationMax) {
        older = recent
        recent = new Map()
      }
      recent.set(token, context)
      return context
    },
  }
}
