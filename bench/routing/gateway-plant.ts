import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createTokenServiceClient,
  createTokenVerifier,
  generateSigningJwk,
  publicJwk,
} from '@tenantry/context'
import { type DirectoryWorkload, readConfig } from '@tenantry/routing'
import { DirectoryPublisher } from '../../packages/platform/src/control-plane/tenants/directory-publisher.ts'
import { createWorkloadApi } from '../../packages/platform/src/control-plane/workloads/workload-api.ts'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'
import { type Issuer, startIssuer } from '../../packages/platform/test/issuer.ts'

const platform = join(import.meta.dirname, '../../packages/platform/src')
const trustDomain = 'bench.example'

/** A gateway and the token service beside it, each the process that users run, for so many tenants that one pool serves. */
export class GatewayPlant {
  readonly origin: string
  /** Where an ingress asks it about requests. */
  readonly endpoint: string
  readonly #issuer: Issuer
  readonly #api: Server
  readonly #folder: string
  readonly #gateway: ChildProcess
  readonly #children: readonly ChildProcess[]

  private constructor(
    parts: { origin: string; endpoint: string; issuer: Issuer; api: Server; folder: string },
    [gateway, ...others]: readonly [ChildProcess, ...ChildProcess[]],
  ) {
    this.origin = parts.origin
    this.endpoint = parts.endpoint
    this.#issuer = parts.issuer
    this.#api = parts.api
    this.#folder = parts.folder
    this.#gateway = gateway
    this.#children = [gateway, ...others]
  }

  /** Starts both; what is asked of them comes to `upstream`. */
  static async start(upstream: string, tenants: number): Promise<GatewayPlant> {
    const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-gateway-'))
    const socket = (name: string) => join(folder, `${name}.sock`)
    const issuer = await startIssuer()
    const [port, endpointPort] = [await findFreePort(), await findFreePort()]
    const config = readConfig({
      ...{ mode: 'development', trustDomain },
      identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
      tiers: { basic: { placement: 'pool' } },
      services: { product: { entry: 'product.ts', routes: ['/products'] } },
      ingress: { port: endpointPort },
    })
    const [gatewayKey, tokenServiceKey] = [generateSigningJwk(), generateSigningJwk()]
    const publisher = new DirectoryPublisher()
    const workloads: readonly DirectoryWorkload[] = [
      { id: 'gateway', kind: 'gateway', jwk: publicJwk(gatewayKey) },
      { id: 'token-service', kind: 'token-service', jwk: publicJwk(tokenServiceKey) },
    ]
    publisher.publish({
      type: 'snapshot',
      tenants: Array.from({ length: tenants }, (_, at) => ({
        ...{ id: tenantName(at), tier: 'basic', status: 'active', silo: null },
        placement: { product: 'pool' },
      })),
      deployments: [
        {
          id: 'product.pool',
          service: 'product',
          tenant: null,
          database: 'd',
          role: 'r',
          addresses: [upstream],
        },
      ],
      ...{ workloads, databases: [] },
    })
    const verifier = createTokenVerifier({
      client: createTokenServiceClient({ socketPath: socket('tokens'), credential: () => '' }),
      audience: trustDomain,
    })
    // What is reported is taken, and nobody asks for it.
    const usage = { take: async (_: unknown, request: IncomingMessage) => void (await text(request)) }
    const api = createWorkloadApi({ config, publisher, verifier, usage }).listen(socket('control'))
    await once(api, 'listening')
    const document = (workload: string) => ({
      ...{ workload, trustDomain, config },
      ...{ tokenServiceSocket: socket('tokens'), directorySocket: socket('control') },
      operatorSocket: socket(workload),
    })
    const tokenService = await start(join(platform, 'token-service/main.ts'), {
      ...{ ...document('token-service'), key: tokenServiceKey },
      signingKeys: [{ jwk: generateSigningJwk(), signsAtMs: 0 }],
      leaseMasters: [{ kid: 1, master: randomBytes(32).toString('base64url') }],
      eventPublicKeys: [],
    })
    const gateway = await start(join(platform, 'gateway/main.ts'), {
      ...document('gateway'),
      key: gatewayKey,
      port,
    })
    const [origin, endpoint] = [port, endpointPort].map((own) => `http://127.0.0.1:${own}`) as [
      string,
      string,
    ]
    const plant = new GatewayPlant({ origin, endpoint, issuer, api, folder }, [gateway, tokenService])
    await plant.#untilServed()
    return plant
  }

  /** One access token for a user of each of so many tenants, spread over all. */
  tokens(count: number, tenants: number): Promise<string[]> {
    const ofTenant = (tenant: string) => ({ claims: { tenant, sub: `user of ${tenant}` }, expiresIn: '1h' })
    const step = Math.max(1, Math.floor(tenants / count))
    return Promise.all(
      Array.from({ length: count }, (_, at) =>
        this.#issuer.sign(ofTenant(tenantName((at * step) % tenants))),
      ),
    )
  }

  /** A directory of many tenants takes a moment to arrive. */
  async #untilServed(): Promise<void> {
    const [token] = await this.tokens(1, 1)
    for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
      const answer = await fetch(`${this.origin}/products`, { headers: { authorization: `Bearer ${token}` } })
      await answer.body?.cancel()
      if (answer.status === 200) return
      await sleep(50)
    }
    throw new Error('the gateway serves nobody after 30 s')
  }

  /** How much memory the gateway's process has, in bytes. */
  memory(): number {
    const status = readFileSync(`/proc/${this.#gateway.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    this.#api.close()
    this.#api.closeAllConnections()
    await this.#issuer.close()
    rmSync(this.#folder, { recursive: true })
  }
}

function tenantName(at: number): string {
  return `tenant-${at}`
}

/** Starts a process of the platform with its document, and settles when it is ready. */
async function start(entry: string, document: object): Promise<ChildProcess> {
  // Its log goes where a supervisor would put it: into a file.
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH },
  })
  ;(child.stdio[3] as Writable).end(JSON.stringify(document))
  await once(child, 'message')
  return child
}
