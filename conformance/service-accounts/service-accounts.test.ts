import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createTokenServiceClient,
  createTokenVerifier,
  generateSigningJwk,
  serviceAudience,
  type WorkloadAudience,
} from '@tenantry/context'
import {
  type DirectoryDeployment,
  type DirectoryWorkload,
  readConfig,
  serviceAccountOf,
  type TenantryConfig,
} from '@tenantry/routing'
import { DirectoryPublisher } from '../../packages/platform/src/control-plane/tenants/directory-publisher.ts'
import { createWorkloadApi } from '../../packages/platform/src/control-plane/workloads/workload-api.ts'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'
import {
  type Cluster,
  clusterNamespace,
  clusterTrustDomain,
  startCluster,
} from '../../packages/platform/test/cluster.ts'
import { type Issuer, startIssuer } from '../../packages/platform/test/issuer.ts'
import { createServiceDatabase, type ServiceDatabase } from '../../packages/tenantry/test/service-database.ts'

// The gateway, the token service and three deployments as processes of their own, none of which is given a key to prove itself with.
// The test is the cluster: issuer and kubelet.
const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'tenantry-cluster-'))
const socket = (name: string) => join(folder, `${name}.sock`)
const publisher = new DirectoryPublisher()
const master = randomBytes(32)
const children: ChildProcess[] = []
const origins = new Map<string, string>()
const services = ['order', 'product', 'invoice'] as const
let cluster: Cluster
let issuer: Issuer
let database: ServiceDatabase
let config: TenantryConfig
let workloadApi: Server
let gateway: string

/** Whom each workload proves itself to. */
const audiences: Record<string, readonly WorkloadAudience[]> = {
  gateway: ['token-service', 'control-plane', ...services.map(serviceAudience)],
  'token-service': ['control-plane'],
  'order.pool': ['token-service', 'control-plane', 'service/product'],
  'product.pool': ['token-service', 'control-plane'],
  // More than its declaration needs: what it may call is not the kubelet's to say.
  'invoice.pool': ['token-service', 'control-plane', 'service/product', 'service/invoice'],
}
const projectAll = () =>
  Promise.all(Object.entries(audiences).map(([id, those]) => cluster.project(id, those)))

before(async () => {
  ;[cluster, issuer, database] = await Promise.all([
    startCluster(join(folder, 'kubelet')),
    startIssuer(),
    createServiceDatabase('product', [{ name: '1', sql: 'create table products (name text primary key)' }]),
  ])
  await database.install(master)
  config = readConfig({
    mode: 'development',
    trustDomain: clusterTrustDomain,
    identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    workloads: { kubernetes: { issuer: cluster.issuer, namespace: clusterNamespace } },
    tiers: { basic: { placement: 'pool' } },
    services: {
      order: { entry: 'x.ts', routes: ['/orders'], calls: ['product'], grants: ['work'] },
      product: { entry: 'x.ts', migrations: 'x' },
      invoice: { entry: 'x.ts', routes: ['/invoices'] },
    },
  })
  const placement = { order: 'pool', product: 'pool', invoice: 'pool' } as const
  publisher.publish({
    type: 'snapshot',
    tenants: ['tenant-a', 'tenant-b'].map((id) => ({
      ...{ id, tier: 'basic', status: 'active', placement, silo: null },
    })),
    deployments: services.map((service) => deploymentOf(service)),
    workloads: Object.keys(audiences).map(
      (id): DirectoryWorkload => ({
        ...{ id, kind: id === 'gateway' || id === 'token-service' ? id : 'service' },
        serviceAccount: serviceAccountOf({ namespace: clusterNamespace }, id),
      }),
    ),
    databases: [],
  })
  await projectAll()
  const client = createTokenServiceClient({ socketPath: socket('tokens'), credential: () => '' })
  const verifier = createTokenVerifier({ client, audience: clusterTrustDomain })
  workloadApi = createWorkloadApi({ config, publisher, verifier }).listen(socket('control'))
  await once(workloadApi, 'listening')
  await start('token-service', 'packages/platform/src/token-service/main.ts', {
    config,
    signingKeys: [{ jwk: generateSigningJwk(), signsAtMs: 0 }],
    leaseMasters: [{ kid: 1, master: master.toString('base64url') }],
    eventPublicKeys: [],
  })
  const port = await findFreePort()
  gateway = `http://127.0.0.1:${port}`
  await Promise.all([
    start('gateway', 'packages/platform/src/gateway/main.ts', { config, port }),
    ...services.map(startService),
  ])
  await until(async () => (await ask('tenant-a')).status === 200)
})
after(async () => {
  for (const child of children) child.kill('SIGKILL')
  workloadApi.close()
  workloadApi.closeAllConnections()
  await Promise.all([cluster.close(), issuer.close(), database.remove()])
  rmSync(folder, { recursive: true })
})

function deploymentOf(service: string, addresses: readonly string[] = []): DirectoryDeployment {
  const { database: name, user } = database.address
  return { id: `${service}.pool`, service, tenant: null, database: name, role: user, addresses }
}

/** Starts a process of a pod: by a document that holds no key, only where its tokens are. */
async function start(id: string, entry: string, own: object): Promise<{ origin?: string }> {
  const document = {
    ...{
      workload: id,
      credentials: { folder: join(folder, 'kubelet', id) },
      trustDomain: clusterTrustDomain,
    },
    ...{
      tokenServiceSocket: socket('tokens'),
      directorySocket: socket('control'),
      operatorSocket: socket(id),
    },
    ...own,
  }
  const file = join(folder, `${id}.json`)
  writeFileSync(file, JSON.stringify(document), { mode: 0o600 })
  const child = spawn(process.execPath, [join(root, entry)], {
    env: { PATH: process.env.PATH, TENANTRY_RUNTIME_FILE: file },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.push(child)
  return new Promise((resolve, reject) => {
    child.on('message', (message: { type?: string; origin?: string }) => {
      if (message.origin || (message.type === 'ready' && !('service' in own))) resolve(message)
    })
    child.once('exit', () => reject(new Error(`${id} ended`)))
  })
}

async function startService(service: (typeof services)[number]): Promise<void> {
  const entry =
    service === 'invoice' ? 'conformance/calls/service.ts' : 'conformance/service-accounts/service.ts'
  const { origin = '' } = await start(`${service}.pool`, entry, {
    ...{ service, deployment: `${service}.pool`, tenant: null, subscribes: [], services },
    ...{ calls: config.services[service]?.calls, database: service === 'product' ? database.address : null },
  })
  origins.set(service, origin)
  publisher.publish({ type: 'deployment', deployment: deploymentOf(service, [origin]) })
}

/** What a user gets through the gateway. */
async function ask(
  tenant: string,
  path = '/orders',
  method = 'GET',
): Promise<{ status: number; body: unknown }> {
  const authorization = `Bearer ${await issuer.sign({ claims: { tenant } })}`
  const answer = await fetch(`${gateway}${path}`, { method, headers: { authorization } })
  return { status: answer.status, body: await answer.json() }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return
    await sleep(50)
  }
  assert.fail('it did not come to hold within 5 s')
}

test('a request goes through gateway, call and lease by service-account tokens, for each tenant its own rows', async () => {
  for (const tenant of ['tenant-a', 'tenant-b']) {
    const name = `/orders/of-${tenant}`
    const { status, body } = await ask(tenant, name, 'POST')
    assert.deepEqual([status, body], [200, { tenant, products: [name] }])
  }
  assert.deepEqual((await ask('tenant-a')).body, { tenant: 'tenant-a', products: ['/orders/of-tenant-a'] })
})

test('work that no request began is begun by a service’s own token', async () => {
  const { body } = await ask('tenant-a', '/orders/by-itself')
  assert.deepEqual(body, { tenant: 'tenant-b', products: ['/orders/of-tenant-b'] })
})

test('a token for a service gives no right to call it: who does not declare it is refused, whatever it was projected', async () => {
  const past = new URLSearchParams({ past: origins.get('product') ?? '', service: 'product' })
  const { body } = await ask('tenant-a', `/invoices?${past}`)
  const refused = [403, 'CALLER_REFUSED']
  assert.deepEqual(body, [refused, refused, refused])
})

test('while keys and files are replaced, no request fails', async () => {
  const stop = new AbortController()
  const statuses = new Set<number>()
  let asked = 0
  const asking = (async () => {
    while (!stop.signal.aborted) {
      statuses.add((await ask('tenant-a')).status)
      asked++
    }
  })()
  for (let turn = 0; turn < 2; turn++) {
    cluster.rotateKey()
    // A cluster publishes a key before it signs with it.
    await sleep(1_100)
    await projectAll()
    await sleep(1_200)
  }
  stop.abort()
  await asking
  assert.deepEqual([...statuses], [200])
  assert.ok(asked > 50, `${asked}`)
})

test('a file that is missing is an error by name for what needs it, and for nothing else', async () => {
  const file = join(folder, 'kubelet', 'order.pool', 'service', 'product')
  rmSync(file)
  await sleep(1_100)
  assert.deepEqual(await ask('tenant-a'), { status: 200, body: { code: 'CREDENTIAL_MISSING' } })
  assert.deepEqual((await ask('tenant-a', '/invoices')).body, ['tenant-a'])
  await cluster.project('order.pool', ['service/product'])
  assert.equal(((await ask('tenant-a')).body as { tenant: string }).tenant, 'tenant-a')
})

test('a workload whose account is taken from the directory gets nothing more', async () => {
  const { workloads } = publisher.directory
  const { kind } = workloads.get('order.pool') ?? assert.fail('no workload')
  const other = serviceAccountOf({ namespace: 'elsewhere' }, 'order.pool')
  publisher.publish({ type: 'workload', workload: { id: 'order.pool', kind, serviceAccount: other } })
  await until(
    async () => ((await ask('tenant-a', '/orders/by-itself')).body as { code?: string }).code !== undefined,
  )
})
