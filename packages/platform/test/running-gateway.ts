import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { assertionCredential, generateSigningJwk, readSigningKey, serviceAudience } from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import {
  Directory,
  type DirectoryTenant,
  HopLog,
  MemoryLimiter,
  type RequestLimiter,
  readConfig,
  type TenantryConfigInput,
} from '@tenantry/routing'
import { pino } from 'pino'
import { Agent } from 'undici'
import { createAccessTokenVerifier } from '../src/access-token/verify-access-token.ts'
import type { Gateway } from '../src/gateway/exchange.ts'
import { createIngressServer } from '../src/gateway/ingress/server.ts'
import { DeploymentQueues } from '../src/gateway/limits/deployment-queues.ts'
import { createGatewayServer } from '../src/gateway/server.ts'
import type { Certificate } from '../src/gateway/tls/certificate.ts'
import { OpenSockets } from '../src/gateway/upgrade/open-sockets.ts'
import { type Issuer, startIssuer } from './issuer.ts'

export const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** A server that listens on a free port of the loopback interface. */
export async function startServer(listener?: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** What a test changes of a gateway. */
export interface GatewayOptions {
  readonly tiers?: TenantryConfigInput['tiers']
  readonly limits?: NonNullable<TenantryConfigInput['limits']>
  readonly resolvers?: TenantryConfigInput['resolvers']
  readonly gateway?: TenantryConfigInput['gateway']
  readonly certificate?: Certificate
  readonly limiter?: RequestLimiter
  readonly apiKeys?: TenantryConfigInput['apiKeys']
  /** By id, with what is not a plain tenant of `basic` in the pool. */
  readonly tenants?: Readonly<Record<string, Partial<DirectoryTenant>>>
}

const served = { 'tenant-a': {}, 'tenant-b': {}, 'tenant-s': { status: 'suspended' } } as const
const order = { id: 'order.pool', service: 'order', tenant: null, database: 'd', role: 'r' }

/**
 * A gateway before the one service `order`, whose copies a test starts itself, and the endpoint for ingresses beside it; `tenant-a` and
 * `tenant-b` are served, `tenant-s` is suspended.
 */
export class RunningGateway {
  readonly server: Server
  /** Where ingresses ask. */
  readonly ingress: Server
  readonly meters = createMeters({ service: 'gateway', deployment: 'gateway' })
  /** What it keeps of requests. */
  readonly hops = new HopLog({ bytesMax: 256 * 1024, keepMs: 3_600_000 })
  /** Its access log. */
  readonly lines: string[] = []
  /** What stands for the token service here; its own suite and that of `main.ts` have the real one. */
  mint: Gateway['tokenService']['mintForAccessToken'] = async () => 'the.transaction.token'
  mintForApiKey: Gateway['tokenService']['mintForApiKey'] = async () => 'the.transaction.token'
  readonly #issuer: Issuer
  readonly directory = new Directory()
  readonly queues: DeploymentQueues
  readonly sockets = new OpenSockets(this.directory)
  readonly #options: GatewayOptions
  readonly #upstream = new Agent()
  readonly #copies: Server[] = []

  private constructor(issuer: Issuer, options: GatewayOptions) {
    this.#issuer = issuer
    this.#options = options
    const config = readConfig({
      mode: 'development',
      trustDomain: 'shop.example',
      identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
      resolvers: options.resolvers,
      apiKeys: options.apiKeys,
      ingress: {},
      gateway: options.gateway,
      tiers: options.tiers ?? { basic: { placement: 'pool' } },
      limits: options.limits ?? {},
      services: { order: { entry: 'order.ts', routes: ['/orders'] } },
    })
    this.queues = new DeploymentQueues(config.limits.deployment)
    const credential = assertionCredential('gateway', readSigningKey(generateSigningJwk()))
    const gateway: Gateway = {
      config,
      directory: this.directory,
      accessTokens: createAccessTokenVerifier(config.identity),
      tokenService: {
        mintForAccessToken: (...asked) => this.mint(...asked),
        mintForApiKey: (...asked) => this.mintForApiKey(...asked),
      },
      caller: (service) => credential(serviceAudience(service)),
      limiter: options.limiter ?? new MemoryLimiter(),
      queues: this.queues,
      sockets: this.sockets,
      upstream: this.#upstream,
    }
    const log = pino({}, { write: (line) => this.lines.push(line) })
    const recorder = { log, meters: this.meters, hops: this.hops }
    this.server = createGatewayServer(gateway, { ...recorder, certificate: options.certificate })
    this.ingress = createIngressServer(gateway, { from: ['127.0.0.1'], ...recorder })
  }

  static async start(options: GatewayOptions = {}): Promise<RunningGateway> {
    const gateway = new RunningGateway(await startIssuer(), options)
    gateway.server.listen(0, '127.0.0.1')
    gateway.ingress.listen(0)
    await Promise.all([gateway.server, gateway.ingress].map((server) => once(server, 'listening')))
    gateway.place([])
    return gateway
  }

  get origin(): string {
    return addressOf(this.server)
  }

  /** Starts a copy of the service and returns its address; `place` makes the gateway know of it. */
  async startCopy(listener: RequestListener | Server): Promise<string> {
    const copy = typeof listener === 'function' ? await startServer(listener) : listener
    this.#copies.push(copy)
    return addressOf(copy)
  }

  /** Starts one copy and makes it the only one. */
  async serve(listener: RequestListener | Server): Promise<void> {
    this.place([await this.startCopy(listener)])
  }

  place(addresses: string[]): void {
    const { tenants = served } = this.#options
    this.directory.apply({
      type: 'snapshot',
      tenants: Object.entries(tenants).map(([id, changes]) => tenantOf(id, changes)),
      deployments: [{ ...order, addresses }],
      workloads: [],
      databases: [],
    })
  }

  /** Tells the gateway of a tenant, as the control plane's feed does. */
  tell(id: string, changes: Partial<DirectoryTenant> = {}): void {
    this.directory.apply({ type: 'tenant', tenant: tenantOf(id, changes) })
  }

  token(changes: Parameters<Issuer['sign']>[0] = {}): Promise<string> {
    return this.#issuer.sign(changes)
  }

  async call(path: string, { tenant, ...init }: RequestInit & { tenant?: string } = {}): Promise<Response> {
    const authorization = `Bearer ${await this.token(tenant === undefined ? {} : { claims: { tenant } })}`
    return fetch(`${this.origin}${path}`, { ...init, headers: { authorization, ...init.headers } })
  }

  /** Opens a connection and sends a request with a valid token, as bytes; `received` grows as the answer comes. */
  async open(
    start: string,
    headers: string[] = [],
    body = '',
    { host = 'shop', token }: { host?: string; token?: string } = {},
  ): Promise<{ socket: Socket; received: () => string }> {
    const socket = connect(Number(new URL(this.origin).port), '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
    const head = [
      `${start} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${token ?? (await this.token())}`,
      ...headers,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    return { socket, received: () => Buffer.concat(chunks).toString() }
  }

  /** Opens a connection and sends these lines of a request; `received` grows as the answer comes. */
  async sendRaw(lines: readonly string[]): Promise<{ socket: Socket; received: () => string }> {
    const socket = connect(Number(new URL(this.origin).port), '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    return { socket, received: () => Buffer.concat(chunks).toString() }
  }

  /** The log line of the request that was answered last, once it is there. */
  async lastLine(): Promise<Record<string, unknown>> {
    await until(() => this.lines.length > 0)
    return JSON.parse(this.lines.at(-1) ?? '')
  }

  async close(): Promise<void> {
    for (const server of [this.server, this.ingress, ...this.#copies]) {
      server.close()
      server.closeAllConnections()
    }
    await this.#upstream.destroy()
    await this.#issuer.close()
  }
}

function tenantOf(id: string, changes: Partial<DirectoryTenant>): DirectoryTenant {
  return { id, tier: 'basic', status: 'active', placement: { order: 'pool' }, silo: null, ...changes }
}

/** Settles once `condition` holds; fails after 2 s. */
export async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 5) {
    if (waitedMs > 2_000) throw new Error(`not within 2 s: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
