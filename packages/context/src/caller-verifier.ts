import { verifyCallerAssertion } from './caller-assertion.ts'
import { isTenantryError, TenantryError } from './errors.ts'
import { peekKid } from './jws.ts'
import { keyFinder } from './signing-key.ts'
import type { Caller } from './token-service-answers.ts'
import type { TokenServiceClient } from './token-service-client.ts'

/** Finds out who calls a service, and whether it may. */
export interface CallerVerifier {
  /**
   * The workload that calls for `tenant`, by its assertions: there has to be exactly one. Rejects with `CALLER_REFUSED` (403) when
   * it is none that may call this service for this tenant, or with `TOKEN_SERVICE_DOWN` (503) when that cannot be asked.
   */
  verify(assertions: readonly string[], tenant: string): Promise<string>
}

interface Known {
  readonly caller: Caller
  readonly untilMs: number
}

const verifiedMs = 10_000
const knownMs = 30_000
const entriesMax = 10_000

/**
 * Makes the verifier of one service. It asks the token service for a caller by the key that the assertion names, and again after
 * 30 s, so that a workload's new key is known at its first call, and an old one is not for long. While the token service is away,
 * callers that are known stay known. An assertion is verified again after 10 s.
 */
export function createCallerVerifier(options: {
  client: Pick<TokenServiceClient, 'caller'>
  service: string
}): CallerVerifier {
  const verified = new Map<string, Known>()
  const known = new Map<string, Known>()
  const asking = new Map<string, Promise<Caller>>()

  async function ask(kid: string): Promise<Caller> {
    const before = known.get(kid)
    if (before && before.untilMs > Date.now()) return before.caller
    try {
      const caller = await options.client.caller(kid)
      remember(known, kid, { caller, untilMs: Date.now() + knownMs })
      return caller
    } catch (error) {
      if (before && isTenantryError(error) && error.status === 503) return before.caller
      known.delete(kid)
      throw error
    }
  }

  function askOnce(kid: string): Promise<Caller> {
    let answer = asking.get(kid)
    if (!answer) {
      answer = ask(kid).finally(() => asking.delete(kid))
      asking.set(kid, answer)
    }
    return answer
  }

  async function find(assertion: string): Promise<Caller> {
    const before = verified.get(assertion)
    if (before && before.untilMs > Date.now()) return before.caller
    try {
      const caller = await askOnce(peekKid(assertion) ?? '')
      const id = verifyCallerAssertion(assertion, options.service, keyFinder([caller.jwk]))
      if (id !== caller.workload) throw callerRefused()
      remember(verified, assertion, { caller, untilMs: Date.now() + verifiedMs })
      return caller
    } catch (cause) {
      throw isTenantryError(cause) && cause.status === 503 ? cause : callerRefused(cause)
    }
  }

  return {
    async verify([assertion, ...more], tenant) {
      if (assertion === undefined || more.length > 0) throw callerRefused()
      const caller = await find(assertion)
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
