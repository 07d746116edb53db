import { isTenantryError, TenantryError } from './errors.ts'
import type { Caller } from './token-service-answers.ts'
import type { TokenServiceClient } from './token-service-client.ts'

/** The header in which a service is told who calls it, beside the transaction token: exactly one. */
export const callerHeader = 'tenantry-caller'

/** Finds out who calls a service, and whether it may. */
export interface CallerVerifier {
  /**
   * The workload that calls for `tenant`, by its credentials: there has to be exactly one. Rejects with `CALLER_REFUSED` (403) when
   * it is none that may call this service for this tenant, or with 503 when that cannot be asked: `TOKEN_SERVICE_DOWN`,
   * `WORKLOAD_ISSUER_DOWN`.
   */
  verify(credentials: readonly string[], tenant: string): Promise<string>
}

interface Known {
  readonly caller: Caller
  readonly untilMs: number
}

const knownMs = 30_000
const entriesMax = 10_000
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const bytesMax = 8_192

/**
 * Makes the verifier of the service that `client` asks for. The token service is asked for each credential, by its bytes, and
 * again after 30 s, so that who may call no longer is not let in for long. While it is away, a credential that is known stays known
 * until it ends.
 */
export function createCallerVerifier({
  client,
}: {
  client: Pick<TokenServiceClient, 'caller'>
}): CallerVerifier {
  const known = new Map<string, Known>()
  const asking = new Map<string, Promise<Caller>>()

  async function ask(credential: string, before: Known | undefined): Promise<Caller> {
    try {
      const caller = await client.caller(credential)
      remember(known, credential, { caller, untilMs: Date.now() + knownMs })
      return caller
    } catch (cause) {
      if (isTenantryError(cause) && cause.status === 503) {
        if (before) return before.caller
        throw cause
      }
      known.delete(credential)
      throw callerRefused(cause)
    }
  }

  function find(credential: string): Caller | Promise<Caller> {
    const before = known.get(credential)
    // INVARIANT: no credential is good beyond its end, whoever remembers it.
    if (before && before.caller.expiresAtMs <= Date.now()) throw callerRefused()
    if (before && before.untilMs > Date.now()) return before.caller
    if (credential.length > bytesMax || !compact.test(credential)) throw callerRefused()
    let answer = asking.get(credential)
    if (!answer) {
      answer = ask(credential, before).finally(() => asking.delete(credential))
      asking.set(credential, answer)
    }
    return answer
  }

  return {
    async verify([credential, ...more], tenant) {
      if (credential === undefined || more.length > 0) throw callerRefused()
      const caller = await find(credential)
      // INVARIANT: a silo works for one tenant, and calls for no other, whatever token it came by.
      if (caller.tenant !== null && caller.tenant !== tenant) throw callerRefused()
      return caller.workload
    },
  }
}

// The oldest goes first: most are used within their minute or not at all.
function remember<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key)
  if (entries.size >= entriesMax) entries.delete(entries.keys().next().value ?? '')
  entries.set(key, value)
}

/** The error for a call from a workload that is not known to be allowed it. */
export function callerRefused(cause?: unknown): TenantryError {
  return new TenantryError('CALLER_REFUSED', 'the caller is none that may call this service', {
    status: 403,
    help: 'let the calling service declare this one in `calls` of tenantry.config.ts, and call it by its name',
    cause,
  })
}
