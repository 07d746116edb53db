import {
  activeTenantHeader,
  callerHeader,
  readBearerToken,
  type TenantContext,
  TenantryError,
  transactionTokenHeader,
} from '@tenantry/context'
import type { AccessTokenDoor } from '../runtime/access-token-door.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { readHeaders } from './read-headers.ts'

/** Whom a request is for, and who sent it. */
export interface AdmittedRequest {
  readonly context: TenantContext
  /** The workload that called; `undefined` for a caller from outside, with an access token. */
  readonly caller: string | undefined
}

/**
 * Whom a request is for, from its headers as they were sent: what every host's adapter asks before it opens a scope. It
 * needs exactly one transaction token, from a caller that may call this service, or, where the service accepts them, exactly one
 * access token, from anyone. Nothing else in the request is believed, and a silo refuses other tenants.
 *
 * Both kinds together are refused, also when both are good: a proxy or a middleware that reads `Authorization` would take
 * the request for one user's while it is handled for another's. A service that does not accept access tokens does not
 * look at `Authorization`.
 *
 * Throws `TOKEN_MISSING` or `ACCESS_TOKEN_MISSING` (401), `REQUEST_AMBIGUOUS` (400), `CALLER_REFUSED` (403), `ROUTING_MISDIRECTED`
 * (421), and as the token's verification or exchange does.
 */
export async function admitRequest(
  runtime: Doors & { document: Pick<Runtime['document'], 'tenant'> },
  rawHeaders: readonly string[],
): Promise<AdmittedRequest> {
  const { accessTokens, document } = runtime
  const admitted = accessTokens
    ? await admitEither(accessTokens, runtime, rawHeaders)
    : await admitCall(runtime, rawHeaders)
  // INVARIANT: a silo serves one tenant, whoever sends the request and however it got here.
  if (document.tenant !== null && document.tenant !== admitted.context.tenant.id) {
    throw new TenantryError('ROUTING_MISDIRECTED', 'this deployment does not serve the tenant', {
      status: 421,
      help: 'ask the directory again where the tenant is served',
    })
  }
  return admitted
}

type Doors = Pick<Runtime, 'verifier' | 'callers' | 'accessTokens'>

async function admitCall(
  { verifier, callers }: Doors,
  rawHeaders: readonly string[],
): Promise<AdmittedRequest> {
  const context = await verifier.verify(requireTransactionToken(rawHeaders))
  // INVARIANT: a token is the tenant's, and does not say who brings it. A service is called by those that declare it.
  const caller = await callers.verify(readHeaders(rawHeaders, callerHeader), context.tenant.id)
  return { context, caller }
}

async function admitEither(
  accessTokens: AccessTokenDoor,
  doors: Doors,
  rawHeaders: readonly string[],
): Promise<AdmittedRequest> {
  const [authorization, ...more] = readHeaders(rawHeaders, 'authorization')
  const transactionTokens = readHeaders(rawHeaders, transactionTokenHeader)
  const [activeTenant, ...choices] = readHeaders(rawHeaders, activeTenantHeader)
  if (transactionTokens.length > 0) {
    if (authorization !== undefined) throw ambiguous('it has a transaction token and `authorization`')
    return admitCall(doors, rawHeaders)
  }
  if (more.length > 0) throw ambiguous('`authorization` is given twice')
  if (choices.length > 0) throw ambiguous(`\`${activeTenantHeader}\` is given twice`)
  const token = readBearerToken(authorization)
  if (!token) {
    throw new TenantryError('ACCESS_TOKEN_MISSING', 'an access token is needed', {
      status: 401,
      help: 'send `Authorization: Bearer` with an access token of a configured issuer',
    })
  }
  return { context: await accessTokens.open(token, activeTenant), caller: undefined }
}

function requireTransactionToken(rawHeaders: readonly string[]): string {
  const [token, ...more] = readHeaders(rawHeaders, transactionTokenHeader)
  if (token && more.length === 0) return token
  throw new TenantryError('TOKEN_MISSING', 'exactly one transaction token is needed', {
    status: 401,
    help: 'call this service through the gateway, or from a service that declares the call',
  })
}

function ambiguous(fact: string): TenantryError {
  return new TenantryError('REQUEST_AMBIGUOUS', `the request is ambiguous: ${fact}`, {
    status: 400,
    help: 'send one token: an access token from outside, a transaction token between services',
  })
}
