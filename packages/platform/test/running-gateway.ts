import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { assertionCredential, generateSigningJwk, readSigningKey, serviceAudience } from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import { Directory, readConfig, type TenantryConfigInput } from '@tenantry/routing'
import { pino } from 'pino'
import { Agent } from 'undici'
import { createAccessTokenVerifier } from '../src/access-token/verify-access-token.ts'
import type { Gateway } from '../src/gateway/exchange.ts'
import { createIngressServer } from '../src/gateway/ingress/server.ts'
import { createGatewayServer } from '../src/gateway/server.ts'
import { type Issuer, startIssuer } from './issuer.ts'

export const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** A server that listens on a free port of the loopback interface. */
export async function startServer(listener?: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/**
 * A gateway before the one service `order`, whose copies a test starts itself, and the endpoint for ingresses beside it; `tenant-a` and
 * `tenant-b` are served, `tenant-s` is suspended.
 */
export class RunningGateway {
  readonly server: Server
  /** Where ingresses ask. */
  readonly ingress: Server
  readonly meters = createMeters({ service: 'gateway', deployment: 'gateway' })
  /** Its access log. */
  readonly lines: string[] = []
  /** What stands for the token service here; its own suite and that of `main.ts` have the real one. */
  mint: Gateway['tokenService']['mintForAccessToken'] = async () => 'the.transaction.token'
  readonly #issuer: Issuer
  readonly #directory = new Directory()
  readonly #upstream = new Agent()
  readonly #copies: Server[] = []

  private constructor(issuer: Issuer, resolvers: TenantryConfigInput['resolvers']) {
    this.#issuer = issuer
    const config = readConfig({
      mode: 'development',
      trustDomain: 'shop.example',
      identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
      resolvers,
      ingress: {},
      tiers: { basic: { placement: 'pool' } },
      services: { order: { entry: 'order.ts', routes: ['/orders'] } },
    })
    const credential = assertionCredential('gateway', readSigningKey(generateSigningJwk()))
    const gateway: Gateway = {
      config,
      directory: this.#directory,
      accessTokens: createAccessTokenVerifier(config.identity),
      tokenService: { mintForAccessToken: (...asked) => this.mint(...asked) },
      caller: (service) => credential(serviceAudience(service)),
      upstream: this.#upstream,
    }
    const log = pino({}, { write: (line) => this.lines.push(line) })
    this.server = createGatewayServer(gateway, { log, meters: this.meters })
    this.ingress = createIngressServer(gateway, { from: ['127.0.0.1'], log, meters: this.meters })
  }

  static async start(options: Pick<TenantryConfigInput, 'resolvers'> = {}): Promise<RunningGateway> {
    const gateway = new RunningGateway(await startIssuer(), options.resolvers)
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
  async startCopy(listener: RequestListener): Promise<string> {
    const copy = await startServer(listener)
    this.#copies.push(copy)
    return addressOf(copy)
  }

  /** Starts one copy and makes it the only one. */
  async serve(listener: RequestListener): Promise<void> {
    this.place([await this.startCopy(listener)])
  }

  place(addresses: string[]): void {
    const order = { id: 'order.pool', service: 'order', tenant: null, database: 'd', role: 'r' }
    this.#directory.apply({
      type: 'snapshot',
      tenants: (['tenant-a', 'tenant-b', 'tenant-s'] as const).map((id) => ({
        ...{ id, tier: 'basic', placement: { order: 'pool' as const }, silo: null },
        status: id === 'tenant-s' ? ('suspended' as const) : ('active' as const),
      })),
      deployments: [{ ...order, addresses }],
      workloads: [],
      databases: [],
    })
  }

  token(changes: Parameters<Issuer['sign']>[0] = {}): Promise<string> {
    return this.#issuer.sign(changes)
  }

  async call(path: string, init: RequestInit = {}): Promise<Response> {
    const authorization = `Bearer ${await this.token()}`
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

/** Settles once `condition` holds; fails after 2 s. */
export async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 5) {
    if (waitedMs > 2_000) throw new Error(`not within 2 s: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
