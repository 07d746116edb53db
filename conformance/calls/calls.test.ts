import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  assertionCredential,
  createTokenServiceClient,
  createTokenVerifier,
  generateSigningJwk,
  publicJwk,
  readSigningKey,
  serviceAudience,
  signTransactionToken,
} from '@tenantry/context'
import { type DirectoryDeployment, type DirectoryWorkload, readConfig } from '@tenantry/routing'
import { Agent, request } from 'undici'
import { createAccessTokenVerifier } from '../../packages/platform/src/access-token/verify-access-token.ts'
import { DirectoryPublisher } from '../../packages/platform/src/control-plane/tenants/directory-publisher.ts'
import { createWorkloadApi } from '../../packages/platform/src/control-plane/workloads/workload-api.ts'
import { LeaseMasters } from '../../packages/platform/src/token-service/lease-masters.ts'
import { createTokenServer } from '../../packages/platform/src/token-service/server.ts'
import { TokenSigningKeys } from '../../packages/platform/src/token-service/token-signing-keys.ts'
import { createWorkloadAuthenticator } from '../../packages/platform/src/workload/authenticate-workload.ts'

// Deployments as processes of their own, on the real token service and control plane's API. The test itself is the gateway.
const folder = mkdtempSync(join(tmpdir(), 'tenantry-calls-'))
const [tokenSocket, controlSocket] = [join(folder, 'tokens.sock'), join(folder, 'control.sock')]
const trustDomain = 'shop.example'
const [tokenKey, gatewayKey] = [generateSigningJwk(), generateSigningJwk()]
const publisher = new DirectoryPublisher()
const children = new Map<string, ChildProcess>()
const origins = new Map<string, string>()
const agent = new Agent()
const config = readConfig({
  mode: 'development',
  trustDomain,
  identity: { issuer: 'http://localhost:8085', audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
  tiers: { basic: { placement: 'pool' }, bridge: { placement: { order: 'silo', '*': 'pool' } } },
  services: {
    product: { entry: 'x.ts', routes: ['/products'] },
    order: { entry: 'x.ts', routes: ['/orders'], calls: ['product'] },
    invoice: { entry: 'x.ts', routes: ['/invoices'] },
  },
})
const pool = { product: 'pool', order: 'pool', invoice: 'pool' } as const

const verifier = createTokenVerifier({
  client: createTokenServiceClient({ socketPath: tokenSocket, credential: () => '' }),
  audience: trustDomain,
})
const tokenServer = createTokenServer({
  config,
  directory: publisher.directory,
  workloads: createWorkloadAuthenticator(publisher.directory, config),
  accessTokens: createAccessTokenVerifier(config.identity),
  signingKeys: new TokenSigningKeys([{ jwk: tokenKey, signsAtMs: 0 }]),
  findEventKey: () => undefined,
  recordWork: () => undefined,
  recordCentral: () => undefined,
  leaseMasters: new LeaseMasters([{ kid: 1, master: Buffer.alloc(32).toString('base64url') }]),
})
const workloadApi = createWorkloadApi({ config, publisher, verifier })

before(async () => {
  publisher.publish({
    type: 'snapshot',
    tenants: [
      { id: 'tenant-a', tier: 'basic', status: 'active', placement: pool, silo: null },
      {
        id: 'tenant-b',
        tier: 'bridge',
        status: 'active',
        placement: { ...pool, order: 'silo' },
        silo: '0a0a0a0a',
      },
    ],
    deployments: [],
    workloads: [{ id: 'gateway', kind: 'gateway', jwk: publicJwk(gatewayKey) }],
    databases: [],
  })
  await Promise.all([
    once(tokenServer.listen(tokenSocket), 'listening'),
    once(workloadApi.listen(controlSocket), 'listening'),
  ])
  await Promise.all([
    ...['product', 'order', 'invoice'].map((service) => deploy(`${service}.pool`, null)),
    deploy('order.0a0a0a0a', 'tenant-b'),
  ])
})
after(async () => {
  for (const child of children.values()) child.kill('SIGKILL')
  for (const server of [tokenServer, workloadApi]) {
    server.close()
    server.closeAllConnections()
  }
  await agent.destroy()
  rmSync(folder, { recursive: true })
})

/** Starts a deployment with a key of its own, in place of the one that runs. */
async function deploy(id: string, tenant: string | null): Promise<void> {
  children.get(id)?.kill('SIGKILL')
  const service = id.replace(/\..*/, '')
  const key = generateSigningJwk()
  const document = {
    ...{ workload: id, key, trustDomain, tokenServiceSocket: tokenSocket, directorySocket: controlSocket },
    ...{
      operatorSocket: join(folder, `${id}-${publicJwk(key).kid.slice(0, 8)}.sock`),
      service,
      deployment: id,
      tenant,
    },
    ...{ database: null, subscribes: [], services: Object.keys(config.services) },
    calls: config.services[service]?.calls,
  }
  const file = join(folder, `${id}.json`)
  writeFileSync(file, JSON.stringify(document), { mode: 0o600 })
  const child = spawn(process.execPath, [join(import.meta.dirname, 'service.ts')], {
    env: { PATH: process.env.PATH, TENANTRY_RUNTIME_FILE: file },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.set(id, child)
  const origin = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { origin?: string }) => message.origin && resolve(message.origin))
    child.once('exit', () => reject(new Error(`${id} ended`)))
  })
  origins.set(id, origin)
  const workload: DirectoryWorkload = { id, kind: 'service', jwk: publicJwk(key) }
  const deployment: DirectoryDeployment = {
    id,
    service,
    tenant,
    database: 'd',
    role: 'r',
    addresses: [origin],
  }
  publisher.publish({ type: 'workload', workload })
  publisher.publish({ type: 'deployment', deployment })
}

/** Asks a deployment as the gateway does, for the tenant. */
async function ask(deployment: string, tenant: string, query: Record<string, string> = {}): Promise<unknown> {
  const iat = Math.floor(Date.now() / 1000)
  const { tier } = publisher.directory.tenants.get(tenant) ?? assert.fail(tenant)
  const who = {
    aud: trustDomain,
    iss: trustDomain,
    txn: 't1',
    sub: 'u1',
    scope: 'request',
    req_wl: 'gateway',
    rctx: { began: iat },
  }
  const tctx = { tenant: { id: tenant, tier } }
  const token = signTransactionToken({ iat, exp: iat + 60, ...who, tctx }, readSigningKey(tokenKey))
  const credential = assertionCredential('gateway', readSigningKey(gatewayKey))
  const caller = credential(serviceAudience(deployment.replace(/\..*/, '')))
  const answer = await request(`${origins.get(deployment)}/?${new URLSearchParams(query)}`, {
    dispatcher: agent,
    headers: { 'txn-token': token, 'tenantry-caller': caller },
  })
  const body = JSON.parse(await answer.body.text())
  return answer.statusCode === 200 ? body : [answer.statusCode, body.code]
}

const past = (deployment: string, service: string) => ({ past: origins.get(deployment) ?? '', service })
const refused = [403, 'CALLER_REFUSED']

test('a service that declares another calls it, for the tenant, by each client', async () => {
  const url = 'http://product/'
  assert.deepEqual(await ask('order.pool', 'tenant-a', { url }), [['tenant-a'], ['tenant-a']])
  assert.deepEqual(await ask('order.0a0a0a0a', 'tenant-b', { url }), [['tenant-b'], ['tenant-b']])
})

test('one that does not is refused by its own clients', async () => {
  const answers = await ask('invoice.pool', 'tenant-a', { url: 'http://product/' })
  assert.deepEqual(answers, ['CALL_UNDECLARED', 'CALL_UNDECLARED'])
})

test('and by the receiver, when it goes past them with a live token and all that it holds', async () => {
  const answers = await ask('invoice.pool', 'tenant-a', past('product.pool', 'product'))
  assert.deepEqual(answers, [refused, refused, refused])
})

test('a service that declares another is refused without an assertion of its own', async () => {
  const answers = await ask('order.pool', 'tenant-a', past('product.pool', 'product'))
  assert.deepEqual(answers, [refused, refused, ['tenant-a']])
})

test('to be called gives no right to call back', async () => {
  const answers = await ask('product.pool', 'tenant-a', past('order.pool', 'order'))
  assert.deepEqual(answers, [refused, refused, refused])
})

test('a deployment that is started anew, with another key, is known at its first call', async () => {
  await deploy('order.pool', null)
  const answers = await ask('order.pool', 'tenant-a', { url: 'http://product/' })
  assert.deepEqual(answers, [['tenant-a'], ['tenant-a']])
})
