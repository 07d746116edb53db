import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { generateSigningJwk, publicJwk } from '@tenantry/context'
import { type DirectoryTenant, type DirectoryWorkload, readConfig } from '@tenantry/routing'
import { DirectoryPublisher } from '../../packages/platform/src/control-plane/tenants/directory-publisher.ts'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'
import { type Issuer, startIssuer } from '../../packages/platform/test/issuer.ts'
import { serveTokensAndDirectory } from '../ingress/ingress-plant.ts'

const root = resolve(import.meta.dirname, '../..')
const trustDomain = 'shop.example'
const names = ['gateway', 'gateway-2'] as const

/** One gateway of those that share the port. */
export type GatewayName = (typeof names)[number]

/**
 * Two gateways on one port, each a process and a workload of its own, before one deployment of `order`, on the real token service and
 * directory.
 */
export class GatewaysPlant {
  readonly port: number
  /** The codes with which the service saw its sockets close. */
  readonly closed: number[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'tenantry-gateways-'))
  readonly #publisher = new DirectoryPublisher()
  readonly #issuer: Issuer
  readonly #config: ReturnType<typeof readConfig>
  readonly #keys = new Map(names.map((name) => [name, generateSigningJwk()]))
  readonly #gateways = new Map<GatewayName, ChildProcess>()
  readonly #logs = new Map<GatewayName, string>(names.map((name) => [name, '']))
  #service: ChildProcess | undefined
  #servers: Server[] = []

  private constructor(issuer: Issuer, port: number) {
    this.#issuer = issuer
    this.port = port
    this.#config = readConfig({
      mode: 'development',
      trustDomain,
      identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
      gateway: { processes: names.length },
      tiers: { basic: { placement: 'pool' } },
      services: { order: { entry: 'x.ts', routes: ['/orders'] } },
    })
  }

  static async start(): Promise<GatewaysPlant> {
    const plant = new GatewaysPlant(await startIssuer(), await findFreePort())
    await plant.#serve()
    await Promise.all(names.map((name) => plant.startGateway(name)))
    return plant
  }

  token(tenant = 'tenant-a'): Promise<string> {
    return this.#issuer.sign({ claims: { tenant } })
  }

  /** Changes what the catalog says of a tenant. */
  setStatus(id: string, status: DirectoryTenant['status']): void {
    this.#publisher.publish({ type: 'tenant', tenant: tenantOf(id, status) })
  }

  /** Which gateway logged that it answered this request. */
  whoAnswered(requestId: string): GatewayName | undefined {
    return names.find((name) => this.#logs.get(name)?.includes(requestId))
  }

  async startGateway(name: GatewayName): Promise<void> {
    const own = { key: this.#keys.get(name), port: this.port, config: this.#config }
    const child = this.#spawn(name, 'packages/platform/src/gateway/main.ts', own)
    child.stdout?.on('data', (text) => this.#logs.set(name, this.#logs.get(name) + text))
    this.#gateways.set(name, child)
    await Promise.race([once(child, 'message'), once(child, 'exit').then(() => assert.fail(`${name} ended`))])
  }

  /** Sends a signal to one and settles with how it ended. */
  async end(name: GatewayName, signal: 'SIGKILL' | 'SIGTERM'): Promise<[number | null, string | null]> {
    const child = this.#gateways.get(name) ?? assert.fail()
    assert.equal(child.exitCode ?? child.signalCode, null, `${name} has ended already`)
    const exited = once(child, 'exit')
    child.kill(signal)
    return exited as Promise<[number | null, string | null]>
  }

  async stop(): Promise<void> {
    for (const child of [...this.#gateways.values(), this.#service]) child?.kill('SIGKILL')
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
    await this.#issuer.close()
    rmSync(this.#folder, { recursive: true })
  }

  async #serve(): Promise<void> {
    const [publisher, config, socket] = [this.#publisher, this.#config, (name: string) => this.#socket(name)]
    this.#servers = await serveTokensAndDirectory({ publisher, config, socket })
    const serviceKey = generateSigningJwk()
    const workloads = [...this.#keys].map(
      ([id, key]) => ({ id, kind: 'gateway', jwk: publicJwk(key) }) as const,
    )
    const service: DirectoryWorkload = { id: 'order.pool', kind: 'service', jwk: publicJwk(serviceKey) }
    publisher.publish({
      type: 'snapshot',
      tenants: ['tenant-a', 'tenant-b'].map((id) => tenantOf(id)),
      deployments: [],
      workloads: [...workloads, service],
      databases: [],
    })
    this.#service = this.#spawn('order.pool', 'conformance/gateways/service.ts', {
      ...{ key: serviceKey, service: 'order', deployment: 'order.pool', tenant: null, database: null },
      ...{ calls: [], subscribes: [], services: ['order'] },
    })
    const listening = Promise.withResolvers<string>()
    this.#service.on('message', ({ origin, code }: { origin?: string; code?: number }) => {
      if (origin) listening.resolve(origin)
      if (code) this.closed.push(code)
    })
    const origin = await listening.promise
    publisher.publish({
      type: 'deployment',
      deployment: {
        ...{ id: 'order.pool', service: 'order', tenant: null, database: 'd', role: 'r' },
        addresses: [origin],
      },
    })
  }

  #socket(name: string): string {
    return join(this.#folder, `${name}.sock`)
  }

  #spawn(id: string, entry: string, own: object): ChildProcess {
    const file = join(this.#folder, `${id}.json`)
    const sockets = { tokenServiceSocket: this.#socket('tokens'), directorySocket: this.#socket('control') }
    const document = { workload: id, trustDomain, ...sockets, operatorSocket: this.#socket(id), ...own }
    writeFileSync(file, JSON.stringify(document), { mode: 0o600 })
    return spawn(process.execPath, [join(root, entry)], {
      env: { PATH: process.env.PATH, TENANTRY_RUNTIME_FILE: file },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
  }
}

function tenantOf(id: string, status: DirectoryTenant['status'] = 'active'): DirectoryTenant {
  return { id, tier: 'basic', status, placement: { order: 'pool' }, silo: null }
}
