import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  assertionCredential,
  callerHeader,
  callerRefused,
  generateSigningJwk,
  isTenantryError,
  keyFinder,
  publicJwk,
  readSigningKey,
  Scope,
  serviceAudience,
  signJws,
  signTransactionToken,
  type TenantContext,
  TenantryError,
  type TransactionClaims,
  tokenTypes,
  verifyJws,
  verifyTransactionClaims,
  verifyTransactionToken,
  verifyWorkloadAssertion,
} from '@tenantry/context'
import { deriveDatabaseKey, deriveTenantKey } from '@tenantry/isolation'
import type { DatabaseAddress, RuntimeDocument } from '../src/runtime/runtime-document.ts'

const trustDomain = 'adapter.test'
const workload = 'note.pool'
const kid = 1

/**
 * What a deployment finds of the platform, over the sockets and in the formats of the real one: tokens, tenant keys
 * and routes. The platform's own processes cannot be imported here; `conformance` runs the two together.
 */
export class TestPlatform {
  readonly master = randomBytes(32)
  /** The tenants for whom a key was asked, in order. */
  readonly keysAsked: string[] = []
  /** The transactions that got another token, in order. */
  readonly replaced: string[] = []
  /** The tenants for whom an access token was exchanged, in order. */
  readonly exchanged: string[] = []
  readonly suspended = new Set<string>()
  /** The one tenant of the caller, where it is a silo's deployment. */
  callerTenant: string | null = null
  /** The origins of services. */
  readonly routes = new Map<string, string>()
  /** What an operator set for single tenants. */
  readonly weights = new Map<string, number>()
  keyLifetimeMs = 60_000
  tokenLifetimeS = 60
  /** Answers keys for this tenant, whoever asks. */
  keyTenant: string | undefined
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenantry-adapter-'))
  readonly #signingJwk = generateSigningJwk()
  readonly #workloadJwk = generateSigningJwk()
  readonly #issuerJwk = generateSigningJwk()
  readonly #callerJwk = generateSigningJwk()
  readonly #findTokenKey = keyFinder([publicJwk(this.#signingJwk)])
  readonly #findWorkloadKey = keyFinder([publicJwk(this.#workloadJwk)])
  readonly #servers: Server[] = []
  readonly #database: DatabaseAddress | null
  /** The one that is called: this process, where it became a deployment. */
  #service = 'note'

  private constructor(database: DatabaseAddress | null) {
    this.#database = database
  }

  static async start(database: DatabaseAddress | null = null): Promise<TestPlatform> {
    const platform = new TestPlatform(database)
    await platform.#listen('tokens.sock', (request) => platform.#answerToken(request))
    await platform.#listen('control.sock', (request) => platform.#answerRoute(request))
    return platform
  }

  get audience(): string {
    return trustDomain
  }

  /** A transaction token, as the token service mints it; `changes` may spoil it, and so may another key. */
  token(tenant: string, changes: Partial<TransactionClaims> = {}, jwk = this.#signingJwk): string {
    const nowS = Math.floor(Date.now() / 1000)
    const claims: TransactionClaims = {
      iat: nowS,
      exp: nowS + 60,
      aud: trustDomain,
      iss: trustDomain,
      txn: randomUUID(),
      sub: 'user-1',
      scope: 'shop',
      req_wl: 'gateway',
      rctx: { began: nowS },
      tctx: { tenant: { id: tenant, tier: 'basic' }, role: 'buyer' },
      ...changes,
    }
    return signTransactionToken(claims, readSigningKey(jwk))
  }

  /** The header of a caller that may call `service`, which is the deployment's own unless another is named. */
  caller(service = 'note', { workload = 'gateway', jwk = this.#callerJwk } = {}): Record<string, string> {
    const credential = assertionCredential(workload, readSigningKey(jwk))
    return { [callerHeader]: credential(serviceAudience(service)) }
  }

  /** An access token of the issuer, for one tenant or several. */
  accessToken(tenant: string | string[], jwk = this.#issuerJwk): string {
    return signJws('at+jwt', { tenant }, readSigningKey(jwk))
  }

  /** An open scope of the tenant, with a live token unless `changes` say otherwise. */
  scope(tenant: string, changes: Partial<Pick<TenantContext, 'tenant' | 'expiresAtMs'>> = {}): Scope {
    const context = verifyTransactionToken(this.token(tenant), {
      audience: trustDomain,
      findKey: this.#findTokenKey,
    })
    return new Scope({ ...context, ...changes })
  }

  document(changes: Partial<RuntimeDocument> = {}): RuntimeDocument {
    return {
      workload,
      key: this.#workloadJwk,
      trustDomain,
      tokenServiceSocket: this.tokenServiceSocket,
      directorySocket: join(this.#folder, 'control.sock'),
      operatorSocket: this.operatorSocket,
      service: 'note',
      deployment: workload,
      tenant: null,
      database: this.#database,
      calls: ['product'],
      services: ['note', 'product'],
      subscribes: ['note.wanted', 'note.unhandled'],
      // Tests have tenants of their own, and look at the series of each.
      metrics: { tenantSeries: 10_000 },
      ...changes,
    }
  }

  get tokenServiceSocket(): string {
    return join(this.#folder, 'tokens.sock')
  }

  get operatorSocket(): string {
    return join(this.#folder, 'operator.sock')
  }

  /** Makes this process the deployment: what is read of the runtime from here on is `document`. */
  becomeDeployment(changes: Partial<RuntimeDocument> = {}): void {
    this.#service = changes.service ?? this.#service
    const file = join(this.#folder, 'runtime.json')
    writeFileSync(file, JSON.stringify(this.document(changes)), { mode: 0o600 })
    process.env.TENANTRY_RUNTIME_FILE = file
  }

  stop(): void {
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
    rmSync(this.#folder, { recursive: true })
  }

  async #answerToken(request: IncomingMessage): Promise<object> {
    if (request.url === '/jwks') return { keys: [publicJwk(this.#signingJwk)] }
    const body = await text(request)
    if (request.url === '/tokens') return this.#answerSeveral(JSON.parse(body))
    const form = new URLSearchParams(body)
    this.#requireWorkload(form.get('client_assertion'))
    return request.url === '/caller' ? this.#findCaller(form) : this.#exchangeOne(form)
  }

  #answerSeveral(asked: { client_assertion: string; exchanges: Record<string, string>[] }): object {
    this.#requireWorkload(asked.client_assertion)
    const answers = asked.exchanges.map((form) => {
      try {
        return this.#exchangeOne(new URLSearchParams(form))
      } catch (error) {
        return refusalOf(error)
      }
    })
    return { answers }
  }

  #requireWorkload(assertion: string | null): void {
    verifyWorkloadAssertion(assertion ?? '', 'token-service', this.#findWorkloadKey)
  }

  #exchangeOne(form: URLSearchParams): object {
    if (form.get('subject_token_type') === tokenTypes.accessToken) return this.#exchange(form)
    if (form.get('requested_token_type') === tokenTypes.transactionToken) return this.#replace(form)
    const tenant = this.#tenantOf(form.get('subject_token'))
    this.keysAsked.push(tenant)
    this.#refuseSuspended(tenant)
    const { database = 'none', user: role = 'none' } = this.#database ?? {}
    const expiresAtMs = Date.now() + this.keyLifetimeMs
    const claims = { tenant: this.keyTenant ?? tenant, role, kid, expiresAtMs }
    const key = deriveTenantKey(deriveDatabaseKey(this.master, database, kid), claims)
    return {
      access_token: key.toString('base64url'),
      tenant: claims.tenant,
      role,
      database,
      kid,
      expires_at: expiresAtMs,
    }
  }

  #replace(form: URLSearchParams): object {
    const token = form.get('subject_token') ?? ''
    const claims = verifyTransactionClaims(token, { audience: trustDomain, findKey: this.#findTokenKey })
    this.#refuseSuspended(claims.tctx.tenant.id)
    this.replaced.push(claims.txn)
    const iat = Math.floor(Date.now() / 1000)
    const exp = iat + this.tokenLifetimeS
    const replacement = { ...claims, iat, exp, req_wl: `${claims.req_wl},${workload}` }
    return { access_token: signTransactionToken(replacement, readSigningKey(this.#signingJwk)) }
  }

  #findCaller(form: URLSearchParams): object {
    const findKey = keyFinder([publicJwk(this.#callerJwk)])
    try {
      const audience = serviceAudience(this.#service)
      const caller = verifyWorkloadAssertion(form.get('credential') ?? '', audience, findKey)
      if (caller.workload !== 'gateway') throw callerRefused()
      return { ...caller, tenant: this.callerTenant }
    } catch (cause) {
      throw callerRefused(cause)
    }
  }

  #exchange(form: URLSearchParams): object {
    const findKey = keyFinder([publicJwk(this.#issuerJwk)])
    const claims = verifyJws(form.get('subject_token') ?? '', 'at+jwt', findKey)
    const named = [claims.tenant].flat()
    const tenant = form.get('active_tenant') ?? (named.length === 1 ? named[0] : undefined)
    if (typeof tenant !== 'string' || !named.includes(tenant)) {
      const [code, status] =
        tenant === undefined ? ['TENANT_CHOICE_MISSING', 400] : ['TENANT_CHOICE_REFUSED', 403]
      throw new TenantryError(String(code), 'the choice', { status: Number(status), help: '' })
    }
    this.#refuseSuspended(tenant)
    this.exchanged.push(tenant)
    const { txn } = JSON.parse(form.get('request_details') ?? '{}')
    const exp = Math.floor(Date.now() / 1000) + this.tokenLifetimeS
    return { access_token: this.token(tenant, { txn, exp, req_wl: workload }) }
  }

  #refuseSuspended(tenant: string): void {
    if (!this.suspended.has(tenant)) return
    throw new TenantryError('TENANT_SUSPENDED', 'this tenant is suspended', { status: 403, help: '' })
  }

  async #answerRoute({ url = '', headers }: IncomingMessage): Promise<object> {
    const assertion = headers.authorization?.replace('Bearer ', '') ?? ''
    verifyWorkloadAssertion(assertion, 'control-plane', this.#findWorkloadKey)
    // What was used is taken, and nobody asks for it.
    if (url === '/usage') return {}
    if (url === '/weights') return { weights: Object.fromEntries(this.weights) }
    this.#tenantOf(String(headers['txn-token']))
    return { address: this.routes.get(url.replace('/routes/', '')) }
  }

  #tenantOf(token: string | null): string {
    const verified = verifyTransactionToken(token ?? '', {
      audience: trustDomain,
      findKey: this.#findTokenKey,
    })
    return verified.tenant.id
  }

  async #listen(socket: string, answer: (request: IncomingMessage) => Promise<object>): Promise<void> {
    const listener: RequestListener = (request, response) => {
      answer(request).then(
        (body) => response.end(JSON.stringify(body)),
        (error: unknown) => {
          response.writeHead(400).end(JSON.stringify(refusalOf(error)))
        },
      )
    }
    // As the platform's own: an idle connection is left to whoever made it.
    const server = createServer({ keepAliveTimeout: 0 }, listener).listen(join(this.#folder, socket))
    this.#servers.push(server)
    await once(server, 'listening')
  }
}

function refusalOf(error: unknown): object {
  const { code, status, message } = isTenantryError(error) ? error : { code: 'INTERNAL', status: 500 }
  return { code, status, error_description: message }
}
