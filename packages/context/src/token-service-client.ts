import { Agent } from 'node:http'
import { askTokenService, type Refusal, refusedBy } from './ask-token-service.ts'
import { gather } from './gather.ts'
import type { PublicJwk } from './signing-key.ts'
import type {
  Caller,
  CentralKeyAnswer,
  LeaseKeyState,
  TenantKeyAnswer,
  TokenKeyState,
} from './token-service-answers.ts'
import { eventScope, requestScope, workScope } from './transaction-token.ts'
import type { WorkloadCredential } from './workload-audience.ts'

/** The URNs of RFC 8693, of the transaction tokens' draft, and our own. */
export const tokenTypes = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  transactionToken: 'urn:ietf:params:oauth:token-type:txn_token',
  signedEvent: 'urn:tenantry:params:oauth:token-type:signed-event',
  tenantKey: 'urn:tenantry:params:oauth:token-type:tenant-key',
  centralKey: 'urn:tenantry:params:oauth:token-type:central-key',
  apiKey: 'urn:tenantry:params:oauth:token-type:api-key',
  selfSigned: 'urn:ietf:params:oauth:token-type:self_signed',
} as const

/** The grant type of a token exchange (RFC 8693, 2.1). */
export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The client authentication that workloads use (RFC 7523, 2.2). */
export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The steps of a rotation, in their order. A step that was made already changes nothing. */
export type LeaseKeyStep = 'make' | 'switch' | 'release' | 'forget'

/**
 * Asks the token service. Every call rejects with `TOKEN_SERVICE_DOWN` (503) when it does not answer within 2 s, and
 * otherwise with the code and status that it answered, such as `TENANT_SUSPENDED` (403).
 */
export interface TokenServiceClient {
  /**
   * A transaction token for the bearer of an access token; `txn` becomes the request id, and `activeTenant` chooses among
   * the token's tenants. For gateways, and for services that declare `acceptsAccessTokens`.
   */
  mintForAccessToken(
    accessToken: string,
    options: { audience: string; txn: string; activeTenant?: string | undefined },
  ): Promise<string>
  /** The same for the bearer of an API key. Gateways only. */
  mintForApiKey(
    apiKey: string,
    options: { audience: string; txn: string; activeTenant?: string | undefined },
  ): Promise<string>
  /** A transaction token for the delivery of one signed event (its JSON form) to one service. Relays only. */
  mintForEvent(signedEvent: string, options: { audience: string; service: string }): Promise<string>
  /**
   * A transaction token for work that no request began, for the tenant that is named; `reason` goes on record. For services
   * that were granted `work`.
   */
  mintForWork(tenant: string, options: { audience: string; reason: string }): Promise<string>
  /** The active tenants that this deployment serves, by id. For services that were granted `work`. */
  tenantsOfWork(): Promise<string[]>
  /**
   * Another token for the transaction of a live one, for work that goes on. Services only. Rejects with `WORK_TOO_LONG` (403) an
   * hour after the transaction began.
   */
  replace(transactionToken: string, options: { audience: string; scope: string }): Promise<string>
  /** The key for leases of the tenant that a live transaction token names. Services only. */
  tenantKey(transactionToken: string, options: { audience: string }): Promise<TenantKeyAnswer>
  /** The key for leases of central work; `reason` goes on record. For services that were granted `central`. */
  centralKey(options: { audience: string; reason: string }): Promise<CentralKeyAnswer>
  /** Whose credential this is, when it is for calls to the service that asks and it may: `CALLER_REFUSED` (403) otherwise. Services only. */
  caller(credential: string): Promise<Caller>
  /** A database's signing keys, for whoever provisions it. Control planes only. */
  databaseKeys(database: string): Promise<{ kid: number; key: Buffer }[]>
  /**
   * The lease keys' states, after one step of their rotation when one is named. Control planes only. Rejects with
   * `LEASE_KEY_STEP` (409) for a step that is not the next one.
   */
  leaseKeys(step?: LeaseKeyStep): Promise<LeaseKeyState[]>
  /**
   * The signing keys' states, after the next one was made when `rotate` is asked for. Control planes only. Rejects with
   * `TOKEN_KEYS_ROTATING` (409) while the last rotation is not over.
   */
  tokenKeys(step?: 'rotate'): Promise<TokenKeyState[]>
  /** The public keys of transaction tokens. */
  jwks(): Promise<PublicJwk[]>
}

interface TokenAnswer {
  access_token: string
  tenant: string
  role: string
  database: string
  kid: number
  expires_at: number
  txn: string
}

type Form = Record<string, string>

interface ExchangeForm extends Form {
  subject_token: string
  subject_token_type: string
  requested_token_type: string
  audience: string
}

/** What one request among several is answered when it cannot be done at once: it has to be asked for alone. */
export const exchangePending = 'EXCHANGE_PENDING'

/** How many exchanges the token service works on while nobody else is answered: about a millisecond of events. */
const togetherMax = 8
const togetherSizeMax = 256 * 1024

const formType = 'application/x-www-form-urlencoded'

/** Makes a client for the token service on a Unix socket. */
export function createTokenServiceClient(options: {
  socketPath: string
  credential: WorkloadCredential
}): TokenServiceClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })

  const to = { socketPath: options.socketPath, agent }
  const send = (method: string, path: string, form?: Form) =>
    askTokenService({ ...to, method, path, type: formType }, form && new URLSearchParams(form).toString())
  const sendJson = (path: string, body: object) =>
    askTokenService({ ...to, method: 'POST', path, type: 'application/json' }, JSON.stringify(body))

  const authenticated = <Body extends object>(form: Body) => ({
    client_assertion_type: clientAssertionType,
    client_assertion: options.credential('token-service'),
    ...form,
  })

  const exchange = (form: ExchangeForm) =>
    send('POST', '/token', authenticated({ grant_type: tokenExchangeGrant, ...form })) as Promise<TokenAnswer>

  const askTogether = gather<ExchangeForm, TokenAnswer | Refusal>(
    async (forms) => {
      const exchanges = forms.map((form) => ({ grant_type: tokenExchangeGrant, ...form }))
      const { answers } = (await sendJson('/tokens', authenticated({ exchanges }))) as {
        answers: (TokenAnswer | Refusal)[]
      }
      return answers
    },
    {
      itemsMax: togetherMax,
      sizeOf: ({ subject_token: { length } }) => length,
      sizeMax: togetherSizeMax,
    },
  )

  // INVARIANT: a loud tenant cannot starve a quiet one: what has to be waited for is asked for alone.
  const exchangeTogether = async (form: ExchangeForm): Promise<TokenAnswer> => {
    const answer = await askTogether(form)
    if ('access_token' in answer) return answer
    if (answer.code === exchangePending) return exchange(form)
    throw refusedBy(answer)
  }

  const mintForBearer =
    (type: string): TokenServiceClient['mintForAccessToken'] =>
    async (subjectToken, { audience, txn, activeTenant }) => {
      const answer = await exchangeTogether({
        subject_token: subjectToken,
        subject_token_type: type,
        requested_token_type: tokenTypes.transactionToken,
        audience,
        scope: requestScope,
        request_details: JSON.stringify({ txn }),
        ...(activeTenant === undefined ? {} : { active_tenant: activeTenant }),
      })
      return answer.access_token
    }

  return {
    mintForAccessToken: mintForBearer(tokenTypes.accessToken),
    mintForApiKey: mintForBearer(tokenTypes.apiKey),
    async mintForEvent(signedEvent, { audience, service }) {
      const answer = await exchangeTogether({
        subject_token: Buffer.from(signedEvent).toString('base64url'),
        subject_token_type: tokenTypes.signedEvent,
        requested_token_type: tokenTypes.transactionToken,
        audience,
        scope: eventScope,
        resource: service,
      })
      return answer.access_token
    },
    async mintForWork(tenant, { audience, reason }) {
      const answer = await exchange({
        subject_token: options.credential('token-service'),
        subject_token_type: tokenTypes.selfSigned,
        requested_token_type: tokenTypes.transactionToken,
        audience,
        scope: workScope,
        request_details: JSON.stringify({ tenant, reason }),
      })
      return answer.access_token
    },
    async tenantsOfWork() {
      return ((await send('POST', '/tenants-of-work', authenticated({}))) as { tenants: string[] }).tenants
    },
    async replace(transactionToken, { audience, scope }) {
      const answer = await exchange({
        subject_token: transactionToken,
        subject_token_type: tokenTypes.transactionToken,
        requested_token_type: tokenTypes.transactionToken,
        audience,
        scope,
      })
      return answer.access_token
    },
    async tenantKey(transactionToken, { audience }) {
      const answer = await exchange({
        subject_token: transactionToken,
        subject_token_type: tokenTypes.transactionToken,
        requested_token_type: tokenTypes.tenantKey,
        audience,
      })
      return readKey(answer)
    },
    async centralKey({ audience, reason }) {
      const answer = await exchange({
        subject_token: options.credential('token-service'),
        subject_token_type: tokenTypes.selfSigned,
        requested_token_type: tokenTypes.centralKey,
        audience,
        request_details: JSON.stringify({ reason }),
      })
      return { ...readKey(answer), txn: answer.txn }
    },
    async caller(credential) {
      return (await send('POST', '/caller', authenticated({ credential }))) as Caller
    },
    async databaseKeys(database) {
      const answer = await send('POST', '/database-keys', authenticated({ database }))
      const { keys } = answer as { keys: { kid: number; key: string }[] }
      return keys.map(({ kid, key }) => ({ kid, key: Buffer.from(key, 'base64url') }))
    },
    async leaseKeys(step) {
      const answer = await send('POST', '/lease-keys', authenticated<Form>(step ? { step } : {}))
      return (answer as { keys: LeaseKeyState[] }).keys
    },
    async tokenKeys(step) {
      const answer = await send('POST', '/token-keys', authenticated<Form>(step ? { step } : {}))
      return (answer as { keys: TokenKeyState[] }).keys
    },
    async jwks() {
      return ((await send('GET', '/jwks')) as { keys: PublicJwk[] }).keys
    },
  }
}

function readKey(answer: TokenAnswer): TenantKeyAnswer {
  const { access_token: key, expires_at: expiresAtMs, tenant, role, database, kid } = answer
  return { tenant, role, database, kid, expiresAtMs, key: Buffer.from(key, 'base64url') }
}
