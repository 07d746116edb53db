import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  assertionCredential,
  createTokenServiceClient,
  createTokenVerifier,
  generateSigningJwk,
  keyFinder,
  publicJwk,
  readSigningKey,
} from '@tenantry/context'
import { readConfig } from '@tenantry/routing'
import { redisMissing, startRedis } from '../../../../tools/start-redis.ts'
import { type Issuer, startIssuer } from '../../test/issuer.ts'
import { addressOf, startServer, until } from '../../test/running-gateway.ts'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { DirectoryPublisher } from '../control-plane/tenants/directory-publisher.ts'
import { createWorkloadApi } from '../control-plane/workloads/workload-api.ts'
import { findFreePort } from '../supervisor/free-port.ts'
import { LeaseMasters } from '../token-service/lease-masters.ts'
import { createTokenServer } from '../token-service/server.ts'
import { TokenSigningKeys } from '../token-service/token-signing-keys.ts'
import { createWorkloadAuthenticator } from '../workload/authenticate-workload.ts'

// The process itself, started as the supervisor starts it, with the real token service and directory beside it.
const folder = mkdtempSync(join(tmpdir(), 'tenantry-gateway-'))
const socket = (name: string) => join(folder, `${name}.sock`)
const gatewayKey = generateSigningJwk()
const tokenKey = generateSigningJwk()
const trustDomain = 'shop.example'
const publisher = new DirectoryPublisher()
const tokens = createTokenServiceClient({
  socketPath: socket('tokens'),
  credential: assertionCredential('gateway', readSigningKey(gatewayKey)),
})
const verifier = createTokenVerifier({ client: tokens, audience: trustDomain })
const servers: Server[] = []
const children: ChildProcess[] = []
let issuer: Issuer
let config: ReturnType<typeof readConfig>
/** Ends the answer to `/orders/held`. */
let release: () => void = () => undefined
let held = 0

before(async () => {
  issuer = await startIssuer()
  config = readConfig({
    mode: 'development',
    trustDomain,
    identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts', routes: ['/orders'] } },
  })
  const order = await startServer(async (request, response) => {
    const { tenant, user, requestId } = await verifier.verify(String(request.headers['txn-token']))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(JSON.stringify({ tenant, user, requestId }))
    if (request.url !== '/orders/held') return response.end()
    held++
    release = () => response.end()
  })
  const tokenServer = createTokenServer({
    recordWork: () => undefined,
    recordCentral: () => undefined,
    config,
    directory: publisher.directory,
    workloads: createWorkloadAuthenticator(publisher.directory, config),
    accessTokens: createAccessTokenVerifier(config.identity),
    signingKeys: new TokenSigningKeys([{ jwk: tokenKey, signsAtMs: 0 }]),
    findEventKey: keyFinder([]),
    leaseMasters: new LeaseMasters([{ kid: 1, master: randomBytes(32).toString('base64url') }]),
  }).listen(socket('tokens'))
  const workloadApi = createWorkloadApi({ config, publisher, verifier }).listen(socket('control'))
  servers.push(order, tokenServer, workloadApi)
  await Promise.all([once(tokenServer, 'listening'), once(workloadApi, 'listening')])
  const deployment = { id: 'order.pool', service: 'order', tenant: null, database: 'd', role: 'r' }
  publisher.publish({
    type: 'snapshot',
    tenants: [{ id: 'tenant-a', tier: 'basic', status: 'active', placement: { order: 'pool' }, silo: null }],
    deployments: [{ ...deployment, addresses: [addressOf(order)] }],
    workloads: [{ id: 'gateway', kind: 'gateway', jwk: publicJwk(gatewayKey) }],
    databases: [],
  })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
after(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await issuer.close()
  rmSync(folder, { recursive: true })
})

interface GatewayProcess {
  readonly child: ChildProcess
  readonly port: number
  /** What it has logged up to now. */
  readonly log: () => string
}

async function startGateway(port?: number, more: object = {}): Promise<GatewayProcess> {
  const at = port ?? (await findFreePort())
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH },
  })
  children.push(child)
  const descriptor = child.stdio[3] as Writable
  const document = {
    workload: 'gateway',
    key: gatewayKey,
    trustDomain,
    tokenServiceSocket: socket('tokens'),
    directorySocket: socket('control'),
    operatorSocket: socket(`gateway-${at}`),
    port: at,
    config,
    ...more,
  }
  descriptor.end(JSON.stringify(document))
  let log = ''
  for (const stream of [child.stdout, child.stderr]) (stream as Readable).on('data', (text) => (log += text))
  const gateway = { child, port: at, log: () => log }
  if (port === undefined) {
    await once(child, 'message')
    await servesTenants(at)
  }
  return gateway
}

// The directory arrives a moment after the port is open.
async function servesTenants(port: number): Promise<void> {
  const authorization = `Bearer ${await issuer.sign()}`
  const endMs = performance.now() + 10_000
  for (let status = 0; status !== 200; ) {
    assert.ok(performance.now() < endMs, `answers ${status} after 10 s`)
    ;({ status } = await fetch(`http://127.0.0.1:${port}/orders`, { headers: { authorization } }))
  }
}

/** Asks over a connection that is kept, so that a test sees what becomes of it. */
async function ask(port: number, path: string, agent: Agent): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${await issuer.sign()}` }
  const [answer] = await once(get({ port, path, host: '127.0.0.1', agent, headers }), 'response')
  return answer as IncomingMessage
}

test('a request arrives with a token of the token service for its tenant, user and request id', async () => {
  const { port, log } = await startGateway()
  const access = await issuer.sign({ claims: { tier: 'premium' } })
  const answer = await fetch(`http://127.0.0.1:${port}/orders`, {
    headers: { authorization: `Bearer ${access}`, 'x-tenant-tier': 'premium' },
  })
  const requestId = answer.headers.get('x-request-id') ?? ''
  assert.deepEqual(await answer.json(), {
    tenant: { id: 'tenant-a', tier: 'basic' },
    user: { id: 'seller@tenant-a', role: 'seller' },
    requestId,
  })
  await until(() => log().includes(requestId))
  assert.doesNotMatch(log(), /ey[\w-]{10,}\./)
  const [page] = await once(get({ socketPath: socket(`gateway-${port}`), path: '/metrics' }), 'response')
  assert.match(
    await text(page as IncomingMessage),
    /http_server_request_duration_seconds_count\{.*tenant_id="tenant-a".*status_code="200"/,
  )
})

test('the choice among a token’s tenants reaches the token service, which checks it as well', async () => {
  const { port } = await startGateway()
  const access = await issuer.sign({ claims: { tenant: ['tenant-b', 'tenant-a'] as never } })
  const headers = { authorization: `Bearer ${access}`, 'tenantry-active-tenant': 'tenant-a' }
  const answer = await fetch(`http://127.0.0.1:${port}/orders`, { headers })
  const { tenant } = (await answer.json()) as { tenant: { id: string } }
  assert.equal(tenant.id, 'tenant-a')
})

test('a tenant that is suspended is refused at once, and served again when it is activated', async () => {
  const { port } = await startGateway()
  const tenant = publisher.directory.tenants.get('tenant-a')
  assert.ok(tenant)
  const agent = new Agent({ keepAlive: true })
  const status = async () => {
    const answer = await ask(port, '/orders', agent)
    answer.resume()
    return answer.statusCode
  }
  for (const [state, expected] of [
    ['suspended', 403],
    ['active', 200],
  ] as const) {
    publisher.publish({ type: 'tenant', tenant: { ...tenant, status: state } })
    const deadlineMs = Date.now() + 1_000
    while ((await status()) !== expected) assert.ok(Date.now() < deadlineMs, `${state} is not followed`)
  }
  agent.destroy()
})

test('a port in use is told of with the flag and the variable that choose another', async () => {
  const taken = await startServer()
  servers.push(taken)
  const port = Number(new URL(addressOf(taken)).port)
  const { child, log } = await startGateway(port)
  const [code] = await once(child, 'close')
  const line = JSON.parse(log())
  assert.deepEqual([code, line.code, line.msg], [1, 'PORT_IN_USE', `port ${port} is already in use`])
  assert.match(line.help, /`--gateway-port` or `TENANTRY_GATEWAY_PORT`/)
})

for (const [how, stop] of [
  ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
  ['the end of whoever started it', (child: ChildProcess) => child.disconnect()],
] as const) {
  test(`told by ${how}, it answers what is under way, takes nothing new, and is gone within 2 s`, async () => {
    const { child, port } = await startGateway()
    const agent = new Agent({ keepAlive: true })
    held = 0
    const answer = await ask(port, '/orders/held', agent)
    assert.equal(held, 1)
    const exited = once(child, 'exit')
    const startedAtMs = Date.now()
    stop(child)
    // The signal takes its time on a busy machine; until then a new connection is served.
    let refused: unknown
    while (refused === undefined)
      await ask(port, '/orders', new Agent()).then(
        (served) => served.resume(),
        (error) => (refused = error.code),
      )
    assert.equal(refused, 'ECONNREFUSED')
    release()
    assert.match(await text(answer), /"tenant-a"/)
    assert.deepEqual(await exited, [0, null])
    assert.ok(Date.now() - startedAtMs < 4_000, 'a kept connection does not hold it up')
    agent.destroy()
  })
}

test('one that shares its port gives its place to another beside it, and finishes what takes longer than 2 s', async () => {
  const former = await startGateway(undefined, { shared: true })
  const agent = new Agent({ keepAlive: true })
  const answer = await ask(former.port, '/orders/held', agent)
  const next = await startGateway(former.port, { shared: true })
  await once(next.child, 'message')
  const exited = once(former.child, 'exit')
  former.child.send({ type: 'retire', drainMs: 30_000 })
  await sleep(2_500)
  // Whoever comes is served, from the first request on.
  for (let count = 0; count < 20; count++) {
    const served = await ask(former.port, '/orders', new Agent())
    served.resume()
    assert.equal(served.statusCode, 200)
  }
  release()
  assert.match(await text(answer), /"tenant-a"/)
  assert.deepEqual(await exited, [0, null])
  agent.destroy()
})

test('an answer that does not end holds it up for 2 s and no more', async () => {
  const { child, port } = await startGateway()
  const answer = await ask(port, '/orders/held', new Agent())
  const startedAtMs = Date.now()
  child.kill('SIGTERM')
  await Promise.all([once(child, 'exit'), assert.rejects(text(answer))])
  assert.ok(Date.now() - startedAtMs < 2_500)
})

const tenantA = {
  id: 'tenant-a',
  tier: 'basic',
  status: 'active',
  placement: { order: 'pool' },
  silo: null,
} as const

async function statusAt(port: number, path = '/orders'): Promise<number> {
  const headers = { authorization: `Bearer ${await issuer.sign()}` }
  const { status } = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  return status
}

test('limits that change reach a gateway that runs, and its tenant’s next request', async () => {
  const { port } = await startGateway()
  publisher.publish({ type: 'tenant', tenant: { ...tenantA, limits: { requestsPerSecond: 0.01 } } })
  const changedAtMs = performance.now()
  while ((await statusAt(port)) !== 429) assert.ok(performance.now() - changedAtMs < 5_000, 'not within 5 s')
  publisher.publish({ type: 'tenant', tenant: tenantA })
  const clearedAtMs = performance.now()
  while ((await statusAt(port)) !== 200) assert.ok(performance.now() - clearedAtMs < 5_000, 'not within 5 s')
})

test('gateways over one Redis share a limit, and what a killed one had under way is over in 10 s', {
  skip: redisMissing,
}, async () => {
  const redis = await startRedis()
  const redisUrl = `redis://:${redis.password}@127.0.0.1:${redis.port}`
  const [killed, other] = [
    await startGateway(undefined, { redisUrl }),
    await startGateway(undefined, { redisUrl }),
  ]
  publisher.publish({ type: 'tenant', tenant: { ...tenantA, limits: { concurrency: 1 } } })
  const before = held
  const agent = new Agent({ keepAlive: true })
  await ask(killed.port, '/orders/held', agent)
  await until(() => held === before + 1)
  assert.equal(await statusAt(other.port), 429)
  killed.child.kill('SIGKILL')
  const killedAtMs = performance.now()
  assert.equal(await statusAt(other.port), 429)
  while ((await statusAt(other.port)) !== 200) {
    assert.ok(performance.now() - killedAtMs < 11_000, 'not within 11 s')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  for (const { log } of [killed, other])
    assert.doesNotMatch(log(), new RegExp(`${redis.password}|LIMITS_REDIS`))
  publisher.publish({ type: 'tenant', tenant: tenantA })
  agent.destroy()
  await redis.stop()
})

test('a gateway whose Redis is not there says so once and serves', async () => {
  const { port, log } = await startGateway(undefined, { redisUrl: 'redis://:secret@127.0.0.1:1' })
  publisher.publish({ type: 'tenant', tenant: { ...tenantA, limits: { concurrency: 5 } } })
  for (let sent = 0; sent < 5; sent++) assert.equal(await statusAt(port), 200)
  assert.equal(log().match(/LIMITS_REDIS_AWAY/g)?.length, 1)
  assert.doesNotMatch(log(), /secret/)
  publisher.publish({ type: 'tenant', tenant: tenantA })
})
