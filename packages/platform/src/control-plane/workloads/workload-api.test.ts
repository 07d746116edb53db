import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertionCredential,
  createTokenVerifier,
  generateSigningJwk,
  publicJwk,
  readSigningKey,
  signTransactionToken,
  type TenantContext,
} from '@tenantry/context'
import {
  askControlPlane,
  createRouteResolver,
  Directory,
  followDirectory,
  OwnWeights,
  readConfig,
  weightsAskedMax,
} from '@tenantry/routing'
import { DirectoryPublisher } from '../tenants/directory-publisher.ts'
import { createWorkloadApi } from './workload-api.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-workloads-'))
const socketPath = join(folder, 'control.sock')
const audience = 'shop.example'
const tokenKey = generateSigningJwk()
const keys = new Map(['gateway', 'order.pool', 'product.pool'].map((id) => [id, generateSigningJwk()]))
const publisher = new DirectoryPublisher()
let server: Server

before(async () => {
  const config = readConfig({
    mode: 'development',
    trustDomain: audience,
    identity: {
      issuer: 'http://localhost:8085',
      audience: 'shop',
      claims: { tenant: 'tenant', role: 'role' },
    },
    tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
    services: {
      order: { entry: 'order.ts', calls: ['product', 'stopped'] },
      product: { entry: 'product.ts' },
      stopped: { entry: 'stopped.ts' },
    },
  })
  const placed = (kind: 'pool' | 'silo') => ({ order: kind, product: kind, stopped: kind })
  const deployed = { tenant: null, database: 'd', role: 'r' }
  publisher.publish({
    type: 'snapshot',
    tenants: [
      { id: 'tenant-a', tier: 'basic', status: 'active', placement: placed('pool'), silo: null },
      {
        id: 'tenant-b',
        tier: 'basic',
        status: 'active',
        placement: placed('pool'),
        silo: null,
        limits: { weight: 4 },
      },
      { id: 'tenant-s', tier: 'basic', status: 'suspended', placement: placed('pool'), silo: null },
      {
        id: 'tenant-c',
        tier: 'premium',
        status: 'active',
        placement: placed('silo'),
        silo: '0a0a0a0a',
        limits: { weight: 5 },
      },
    ],
    deployments: [
      { ...deployed, id: 'order.pool', service: 'order', addresses: ['http://127.0.0.1:1'] },
      { ...deployed, id: 'product.pool', service: 'product', addresses: ['http://127.0.0.1:2'] },
      { ...deployed, id: 'stopped.pool', service: 'stopped', addresses: [] },
    ],
    workloads: [...keys].map(([id, key]) => ({
      id,
      kind: id === 'gateway' ? 'gateway' : 'service',
      jwk: publicJwk(key),
    })),
    databases: [],
  })
  const verifier = createTokenVerifier({ client: { jwks: async () => [publicJwk(tokenKey)] }, audience })
  server = createWorkloadApi({ config, publisher, verifier }).listen(socketPath)
  await once(server, 'listening')
})
after(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
})

const credentialOf = (workload: string, key = keys.get(workload) ?? generateSigningJwk()) =>
  assertionCredential(workload, readSigningKey(key))
const assertionOf = (...of: Parameters<typeof credentialOf>) => credentialOf(...of)('control-plane')

function contextOf(tenant: string): TenantContext {
  const iat = Math.floor(Date.now() / 1000)
  const tctx = { tenant: { id: tenant, tier: 'premium' } }
  const claims = {
    iss: audience,
    aud: audience,
    iat,
    exp: iat + 60,
    txn: 't',
    sub: 's',
    scope: 'request',
    req_wl: 'gateway',
    rctx: { began: iat },
    tctx,
  }
  const token = signTransactionToken(claims, readSigningKey(tokenKey))
  return { tenant: tctx.tenant, token } as TenantContext
}
const asked = (workload: string) => ({ socketPath, credential: credentialOf(workload), agent: new Agent() })
const resolve = (workload: string, tenant: string, service: string, context = contextOf(tenant)) =>
  createRouteResolver(asked(workload)).resolve(context, service)

async function ask(path: string, assertion: string): Promise<[number | undefined, unknown]> {
  const call = request({ socketPath, path, headers: { authorization: `Bearer ${assertion}` } }).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return [answer.statusCode, ((await json(answer)) as { code: string }).code]
}

test('a service is told the route of the tenant whose token it holds', async () => {
  assert.equal(await resolve('order.pool', 'tenant-a', 'product'), 'http://127.0.0.1:2')
})

test('a call that is not declared has no route', async () => {
  await assert.rejects(resolve('product.pool', 'tenant-a', 'order'), { code: 'CALL_UNDECLARED', status: 403 })
  await assert.rejects(resolve('order.pool', 'tenant-a', 'constructor'), {
    code: 'CALL_UNDECLARED',
    status: 403,
  })
})

test('a deployment is told nothing of tenants that it does not serve, or that are suspended or unknown', async () => {
  await assert.rejects(resolve('order.pool', 'tenant-c', 'product'), {
    code: 'ROUTING_MISDIRECTED',
    status: 421,
  })
  await assert.rejects(resolve('order.pool', 'tenant-s', 'product'), {
    code: 'TENANT_SUSPENDED',
    status: 403,
  })
  await assert.rejects(resolve('order.pool', 'tenant-z', 'product'), { code: 'TENANT_UNKNOWN', status: 403 })
})

test('a route needs a valid transaction token', async () => {
  const forged = { ...contextOf('tenant-a'), token: 'a.b.c' }
  await assert.rejects(resolve('order.pool', 'tenant-a', 'product', forged), {
    code: 'TOKEN_MALFORMED',
    status: 401,
  })
})

test('a service of which no copy runs is told of as such', async () => {
  await assert.rejects(resolve('order.pool', 'tenant-a', 'stopped'), { code: 'DEPLOYMENT_DOWN', status: 503 })
})

/** What a deployment knows of tenants' own weights some moments after it asked. */
async function weightsTold(workload: string, tenants: readonly string[]): Promise<(number | undefined)[]> {
  const weights = new OwnWeights(asked(workload))
  for (const tenant of tenants) weights.of(tenant)
  await sleep(300)
  return tenants.map((tenant) => weights.of(tenant))
}

test('a deployment learns what its own tenants weigh by an operator’s word, and nothing of others', async () => {
  const tenants = ['tenant-a', 'tenant-b', 'tenant-c', 'tenant-z', '__proto__']
  assert.deepEqual(await weightsTold('order.pool', tenants), [undefined, 4, undefined, undefined, undefined])
  assert.deepEqual(
    await weightsTold('gateway', tenants),
    tenants.map(() => undefined),
  )
})

test('a question for weights that names no tenants is refused', async () => {
  const post = (body: unknown, workload = 'order.pool') =>
    askControlPlane(asked(workload), { path: '/weights', body })
  const many = Array.from({ length: weightsAskedMax + 1 }, () => 'tenant-b')
  for (const body of [
    null,
    {},
    [],
    { tenants: 'tenant-b' },
    { tenants: [4] },
    { tenants: many },
    { tenants: ['x'.repeat(70_000)] },
  ]) {
    const { status, body: told } = await post(body)
    assert.deepEqual([status, (told as { code: string }).code], [400, 'WEIGHTS_QUESTION_INVALID'])
  }
  assert.equal((await post({ tenants: ['tenant-b'] }, 'gateway')).status, 403)
})

test('a workload without a valid assertion is told nothing, and a service may not follow the directory', async () => {
  for (const assertion of [
    '',
    'x',
    assertionOf('stranger'),
    assertionOf('gateway', keys.get('order.pool')),
  ]) {
    assert.deepEqual(await ask('/directory', assertion), [401, 'WORKLOAD_REFUSED'])
  }
  const elsewhere = credentialOf('gateway')('token-service')
  assert.deepEqual(await ask('/directory', elsewhere), [401, 'WORKLOAD_REFUSED'])
  assert.deepEqual(await ask('/directory', assertionOf('order.pool')), [403, 'WORKLOAD_REFUSED'])
  assert.deepEqual(await ask('/routes/product', assertionOf('gateway')), [403, 'WORKLOAD_REFUSED'])
})

test('a follower has the directory, and a change as soon as it is published', async () => {
  const directory = new Directory()
  const stop = new AbortController()
  const changed = Promise.withResolvers<void>()
  const following = followDirectory(directory, {
    socketPath,
    credential: credentialOf('gateway'),
    signal: stop.signal,
    onMessage: ({ type }) => {
      if (type === 'snapshot') {
        const tenant = publisher.directory.tenants.get('tenant-a')
        if (tenant) publisher.publish({ type: 'tenant', tenant: { ...tenant, status: 'suspended' } })
      }
      if (type === 'tenant') changed.resolve()
    },
  })
  await changed.promise
  assert.equal(directory.tenants.get('tenant-a')?.status, 'suspended')
  assert.equal(directory.workloads.size, 0)
  stop.abort()
  await following
})
