import { isTenantryError } from './errors.ts'
import type { Scope, ScopeKeeper } from './scope.ts'
import type { TenantContext } from './tenant-context.ts'
import type { TokenServiceClient } from './token-service-client.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** A token is replaced when it has less than this left. */
const renewMs = 20_000
const tickMs = 1_000

/** What a keeper of tokens works with. */
export interface TokenKeeperParts {
  readonly client: Pick<TokenServiceClient, 'replace'>
  readonly verifier: TokenVerifier
  /** The trust domain. */
  readonly audience: string
}

/**
 * Gives every scope that is open another token of its transaction before the one that it has ends, so that long handlers,
 * uploads and sockets keep their right to leases and calls: for an hour at most, and never once the work is over. What the
 * token service cannot answer is asked again while the token lives; what it refuses is not.
 */
export function createTokenKeeper({ client, verifier, audience }: TokenKeeperParts): ScopeKeeper {
  const open = new Set<Scope>()
  const replacing = new Set<Scope>()
  /** Scopes that share a token share its replacement. */
  const asking = new Map<string, Promise<TenantContext>>()

  function askFor({ token, scope }: TenantContext): Promise<TenantContext> {
    let answer = asking.get(token)
    if (!answer) {
      answer = client
        .replace(token, { audience, scope })
        .then((replacement) => verifier.verify(replacement))
        .finally(() => asking.delete(token))
      asking.set(token, answer)
    }
    return answer
  }

  async function replace(scope: Scope): Promise<void> {
    replacing.add(scope)
    try {
      const context = await askFor(scope.context)
      // INVARIANT: a token is replaced while work is open, and not after.
      if (scope.open) scope.replace(context)
    } catch (error) {
      const mayAskAgain = isTenantryError(error) && error.status === 503
      if (!mayAskAgain) open.delete(scope)
    } finally {
      replacing.delete(scope)
    }
  }

  setInterval(() => {
    const nowMs = Date.now()
    for (const scope of open) {
      const remainingMs = scope.context.expiresAtMs - nowMs
      if (remainingMs <= 0) open.delete(scope)
      else if (remainingMs < renewMs && !replacing.has(scope)) void replace(scope)
    }
  }, tickMs).unref()

  return {
    opened: (scope) => void open.add(scope),
    closed: (scope) => void open.delete(scope),
  }
}
