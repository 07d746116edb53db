import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { assertionCredential, generateSigningJwk, readSigningKey, serviceAudience } from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import { Directory, readConfig } from '@tenantry/routing'
import { pino } from 'pino'
import { Agent } from 'undici'
import { createAccessTokenVerifier } from '../src/access-token/verify-access-token.ts'
import { createGatewayServer } from '../src/gateway/server.ts'
import { type Issuer, startIssuer } from './issuer.ts'

export const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** A server that listens on a free port of the loopback interface. */
export async function startServer(listener?: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** A gateway before the one service `order`, whose copies a test starts itself; `tenant-a` is served. */
export class RunningGateway {
  readonly server: Server
  readonly meters = createMeters({ service: 'gateway', deployment: 'gateway' })
  /** Its access log. */
  readonly lines: string[] = []
  /** What stands for the token service here; its own suite and that of `main.ts` have the real one. */
  mint: () => Promise<string> = async () => 'the.transaction.token'
  readonly #issuer: Issuer
  readonly #directory = new Directory()
  readonly #upstream = new Agent()
  readonly #copies: Server[] = []

  private constructor(issuer: Issuer) {
    this.#issuer = issuer
    const config = readConfig({
      mode: 'development',
      trustDomain: 'shop.example',
      identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
      tiers: { basic: { placement: 'pool' } },
      services: { order: { entry: 'order.ts', routes: ['/orders'] } },
    })
    const credential = assertionCredential('gateway', readSigningKey(generateSigningJwk()))
    this.server = createGatewayServer(
      {
        config,
        directory: this.#directory,
        accessTokens: createAccessTokenVerifier(config.identity),
        tokenService: { mintForAccessToken: () => this.mint() },
        caller: (service) => credential(serviceAudience(service)),
        upstream: this.#upstream,
      },
      { log: pino({}, { write: (line) => this.lines.push(line) }), meters: this.meters },
    )
  }

  static async start(): Promise<RunningGateway> {
    const gateway = new RunningGateway(await startIssuer())
    gateway.server.listen(0, '127.0.0.1')
    await once(gateway.server, 'listening')
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
      tenants: [
        { id: 'tenant-a', tier: 'basic', status: 'active', placement: { order: 'pool' }, silo: null },
      ],
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
  ): Promise<{ socket: Socket; received: () => string }> {
    const socket = connect(Number(new URL(this.origin).port), '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
    const head = [
      `${start} HTTP/1.1`,
      'Host: shop',
      `Authorization: Bearer ${await this.token()}`,
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
    for (const server of [this.server, ...this.#copies]) {
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
