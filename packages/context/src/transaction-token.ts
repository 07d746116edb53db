import { TenantryError } from './errors.ts'
import { type FindKey, type SigningKey, signJws, verifyJws } from './jws.ts'
import type { EventOrigin, TenantContext, User } from './tenant-context.ts'
import { isTenantId } from './tenant-id.ts'

/** The header that carries a transaction token: exactly one, never `Authorization` (draft-10, 9). */
export const transactionTokenHeader = 'txn-token'

/** The JOSE `typ` of a transaction token (draft-ietf-oauth-transaction-tokens-10). */
export const transactionTokenType = 'txntoken+jwt'

/** The `scope` of a token for a request from outside. */
export const requestScope = 'request'

/** The `scope` of a token for the delivery of an event: it names no user, and `sub` is the service that emitted it. */
export const eventScope = 'event'

/** The `scope` of a token for work that no request or event began: it names no user, and `sub` is the workload. */
export const workScope = 'work'

/** What the token service puts into a transaction token. */
export interface TransactionClaims {
  /** Seconds since 1970. */
  iat: number
  /** Seconds since 1970. */
  exp: number
  /** The trust domain, not one service. */
  aud: string
  iss: string
  /** The request id: the same for every token of one transaction. */
  txn: string
  sub: string
  scope: string
  /** The workloads that asked for it and, with commas between, for each replacement of it. */
  req_wl: string
  /** What surrounds the transaction: when its first token was issued, in seconds since 1970. Replacements keep it. */
  rctx: { began: number }
  tctx: {
    tenant: { id: string; tier: string }
    /** The user's role, or absent when an event began the work. */
    role?: string
    /** Present when an event began the work: the token is good for this event alone. */
    event?: EventOrigin
  }
}

/** Signs a transaction token. Only the token service holds a key to do so. */
export function signTransactionToken(claims: TransactionClaims, key: SigningKey): string {
  return signJws(transactionTokenType, claims, key)
}

/**
 * Verifies a transaction token and reads the tenant context from it.
 * Throws `TOKEN_MALFORMED`, `TOKEN_KEY_UNKNOWN`, `TOKEN_SIGNATURE`, `TOKEN_AUDIENCE` or `TOKEN_EXPIRED` (401 each).
 */
export function verifyTransactionToken(token: string, options: TransactionVerification): TenantContext {
  return readTenantContext(token, verifyTransactionClaims(token, options))
}

/** What a transaction token is verified with. */
export interface TransactionVerification {
  /** The trust domain. */
  readonly audience: string
  readonly findKey: FindKey
  readonly nowMs?: number
}

/** The same, for the claims as they are; throws as `verifyTransactionToken` does. */
export function verifyTransactionClaims(token: string, options: TransactionVerification): TransactionClaims {
  // INVARIANT: identity is signed or it is nothing. Every field of a context comes from below this line.
  const claims = verifyJws(token, transactionTokenType, options.findKey)
  const nowMs = options.nowMs ?? Date.now()
  if (claims.aud !== options.audience) throw refused('TOKEN_AUDIENCE', 'it is for another trust domain')
  const { iat, exp } = claims
  if (!isSeconds(iat) || !isSeconds(exp)) throw refused('TOKEN_MALFORMED', '`iat` or `exp` is not a time')
  if (exp * 1000 <= nowMs) throw refused('TOKEN_EXPIRED', 'it has expired')
  if (iat * 1000 > nowMs + clockSkewMs) throw refused('TOKEN_MALFORMED', 'it was issued in the future')
  const { txn, sub, req_wl, scope, iss } = claims
  const tctx = readObject(claims.tctx)
  const { id, tier } = readObject(tctx.tenant)
  if (!isTenantId(id) || !isText(tier)) throw refused('TOKEN_MALFORMED', 'it names no tenant')
  if (!isText(txn) || !isText(sub) || !isText(req_wl) || !isText(scope)) {
    throw refused('TOKEN_MALFORMED', 'a required claim is missing')
  }
  const { began } = readObject(claims.rctx)
  if (!isSeconds(began) || began > iat)
    throw refused('TOKEN_MALFORMED', '`rctx.began` is not a time before it')
  return {
    ...{ iat, exp, aud: options.audience, iss: isText(iss) ? iss : options.audience },
    ...{ txn, sub, scope, req_wl, rctx: { began } },
    tctx: {
      tenant: { id, tier },
      ...(isText(tctx.role) && { role: tctx.role }),
      ...(tctx.event !== undefined && { event: readEvent(readObject(tctx.event)) }),
    },
  }
}

const clockSkewMs = 5_000

function readTenantContext(
  token: string,
  { txn, sub, req_wl: workload, scope, exp, tctx }: TransactionClaims,
): TenantContext {
  const { tenant, event, role } = tctx
  const user: User | undefined = event || scope === workScope ? undefined : { id: sub, role }
  return {
    tenant: Object.freeze(tenant),
    user,
    event,
    requestId: txn,
    scope,
    workload,
    token,
    expiresAtMs: exp * 1000,
  }
}

function readEvent(event: Record<string, unknown>): EventOrigin {
  const { id, type, digest } = event
  if (!isText(id) || !isText(type) || !isText(digest))
    throw refused('TOKEN_MALFORMED', 'its event is incomplete')
  return { id, type, digest }
}

function readObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 512
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 1e11
}

function refused(code: string, message: string): TenantryError {
  return new TenantryError(code, `token refused: ${message}`, {
    status: 401,
    help: 'get a new token and try again',
  })
}
