import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  createTokenServiceClient,
  createTokenVerifier,
  generateSigningJwk,
  publicJwk,
} from '@tenantry/context'
import { type DirectoryTenant, readConfig, type TenantryConfig } from '@tenantry/routing'
import { createAccessTokenVerifier } from '../../packages/platform/src/access-token/verify-access-token.ts'
import { DirectoryPublisher } from '../../packages/platform/src/control-plane/tenants/directory-publisher.ts'
import { createWorkloadApi } from '../../packages/platform/src/control-plane/workloads/workload-api.ts'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'
import { LeaseMasters } from '../../packages/platform/src/token-service/lease-masters.ts'
import { createTokenServer } from '../../packages/platform/src/token-service/server.ts'
import { TokenSigningKeys } from '../../packages/platform/src/token-service/token-signing-keys.ts'
import { createWorkloadAuthenticator } from '../../packages/platform/src/workload/authenticate-workload.ts'
import { startIssuer } from '../../packages/platform/test/issuer.ts'
import { ingressPort, startIngress, type TestIngress } from '../../tools/start-ingress.ts'

const root = resolve(import.meta.dirname, '../..')
const trustDomain = 'shop.example'
const silo = '3f9c2a71'

/**
 * An ingress of the machine's, with the configuration of docs/operating/ingress, in front of `order` in the pool (tenant-a and tenant-s)
 * and in the silo of tenant-b. Gateway and deployments are processes of their own; token service and directory are the real ones, in
 * the test's.
 */
export interface IngressPlant {
  readonly origin: string
  /** Where `order`’s deployments listen themselves, by deployment. */
  readonly deployments: ReadonlyMap<string, string>
  token(claims?: object): Promise<string>
  /** Changes what the catalog says of a tenant. */
  setStatus(tenant: string, status: DirectoryTenant['status']): void
  /** Ends the process that the ingress asks, as `kill -9` does. */
  killGateway(): Promise<void>
  startGateway(): Promise<void>
  stop(): Promise<void>
}

/** Starts all of it; `program` has to be there. */
export async function startIngressPlant(program: 'nginx' | 'caddy', file: string): Promise<IngressPlant> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-ingress-'))
  const socket = (name: string) => join(folder, `${name}.sock`)
  const children = new Set<ChildProcess>()
  const publisher = new DirectoryPublisher()
  const issuer = await startIssuer()
  const [ports, gatewayKey] = [
    { own: await findFreePort(), asked: await findFreePort() },
    generateSigningJwk(),
  ]
  const config = readConfig({
    mode: 'development',
    trustDomain,
    identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    resolvers: [{ by: 'host', pattern: '<tenant>.shop.example' }],
    ingress: { port: ports.asked },
    tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
    services: { order: { entry: 'x.ts', routes: ['/orders'] } },
  })
  const servers = await serveTokensAndDirectory({ publisher, config, socket })
  const pooled = { tier: 'basic', placement: { order: 'pool' }, silo: null } as const
  const tenants: DirectoryTenant[] = [
    { id: 'tenant-a', status: 'active', ...pooled },
    { id: 'tenant-s', status: 'suspended', ...pooled },
    { id: 'tenant-b', status: 'active', tier: 'premium', placement: { order: 'silo' }, silo },
  ]
  publisher.publish({
    type: 'snapshot',
    tenants,
    deployments: [],
    workloads: [{ id: 'gateway', kind: 'gateway', jwk: publicJwk(gatewayKey) }],
    databases: [],
  })

  /** Starts a process by a document, and settles when it says that it is ready, or where it listens. */
  async function start(
    id: string,
    entry: string,
    own: object,
  ): Promise<{ child: ChildProcess; origin: string }> {
    const file = join(folder, `${id}.json`)
    const sockets = { tokenServiceSocket: socket('tokens'), directorySocket: socket('control') }
    const document = { workload: id, trustDomain, ...sockets, operatorSocket: socket(id), ...own }
    writeFileSync(file, JSON.stringify(document), { mode: 0o600 })
    const child = spawn(process.execPath, [join(root, entry)], {
      env: { PATH: process.env.PATH, TENANTRY_RUNTIME_FILE: file, DEPLOYMENT: id },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    children.add(child)
    const origin = await new Promise<string>((resolve, reject) => {
      child.on('message', ({ type, origin = '' }: { type?: string; origin?: string }) => {
        if (origin || (type === 'ready' && id === 'gateway')) resolve(origin)
      })
      child.once('exit', () => reject(new Error(`${id} ended`)))
    })
    return { child, origin }
  }

  async function deploy(id: string, tenant: string | null): Promise<[string, string]> {
    const key = generateSigningJwk()
    const own = {
      service: 'order',
      deployment: id,
      tenant,
      database: null,
      calls: [],
      subscribes: [],
      services: ['order'],
    }
    publisher.publish({ type: 'workload', workload: { id, kind: 'service', jwk: publicJwk(key) } })
    const { origin } = await start(id, 'conformance/ingress/service.ts', { key, ...own })
    const deployment = { id, service: 'order', tenant, database: 'd', role: 'r', addresses: [origin] }
    publisher.publish({ type: 'deployment', deployment })
    return [id, origin]
  }

  let gateway: ChildProcess
  async function startGateway(): Promise<void> {
    const own = { key: gatewayKey, port: ports.own, config }
    ;({ child: gateway } = await start('gateway', 'packages/platform/src/gateway/main.ts', own))
    // The directory arrives a moment after the port is open.
    const headers = { authorization: `Bearer ${await issuer.sign()}` }
    for (let status = 0; status !== 200; )
      ({ status } = await fetch(`http://127.0.0.1:${ports.own}/orders`, { headers }))
  }

  const deployments = new Map([await deploy('order.pool', null), await deploy(`order.${silo}`, 'tenant-b')])
  await startGateway()
  const address = (id: string) => new URL(deployments.get(id) ?? '').host
  const ingress: TestIngress = await startIngress(program, join(root, 'docs/operating/ingress', file), {
    [ingressPort]: `:${await findFreePort()}`,
    '127.0.0.1:8070': `127.0.0.1:${ports.asked}`,
    '127.0.0.1:8101': address('order.pool'),
    '127.0.0.1:8102': address(`order.${silo}`),
  })
  return {
    origin: ingress.origin,
    deployments,
    token: (claims) => issuer.sign({ claims: { ...claims } }),
    setStatus(id, status) {
      const tenant = tenants.find((one) => one.id === id)
      if (tenant) publisher.publish({ type: 'tenant', tenant: { ...tenant, status } })
    },
    async killGateway() {
      const gone = once(gateway, 'exit')
      gateway.kill('SIGKILL')
      await gone
    },
    startGateway,
    async stop() {
      await ingress.stop()
      for (const child of children) child.kill('SIGKILL')
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
      await issuer.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The real token service and the control plane’s API to workloads, on their sockets. */
export async function serveTokensAndDirectory(of: {
  publisher: DirectoryPublisher
  config: TenantryConfig
  socket: (name: string) => string
}): Promise<Server[]> {
  const { publisher, config, socket } = of
  const client = createTokenServiceClient({ socketPath: socket('tokens'), credential: () => '' })
  const tokens = createTokenServer({
    config,
    directory: publisher.directory,
    workloads: createWorkloadAuthenticator(publisher.directory, config),
    accessTokens: createAccessTokenVerifier(config.identity),
    signingKeys: new TokenSigningKeys([{ jwk: generateSigningJwk(), signsAtMs: 0 }]),
    findEventKey: () => undefined,
    recordWork: () => undefined,
    recordCentral: () => undefined,
    leaseMasters: new LeaseMasters([{ kid: 1, master: randomBytes(32).toString('base64url') }]),
  }).listen(socket('tokens'))
  const verifier = createTokenVerifier({ client, audience: trustDomain })
  const workloadApi = createWorkloadApi({ config, publisher, verifier }).listen(socket('control'))
  await Promise.all([tokens, workloadApi].map((server) => once(server, 'listening')))
  return [tokens, workloadApi]
}
