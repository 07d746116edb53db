import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, test } from 'node:test'
import { TenantryError } from '@tenantry/context'
import { createMeters } from '@tenantry/metrics'
import { Directory, MemoryLimiter, readConfig } from '@tenantry/routing'
import { pino } from 'pino'
import { Agent } from 'undici'
import { type Issuer, startIssuer } from '../../test/issuer.ts'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { DeploymentQueues } from './limits/deployment-queues.ts'
import { createGatewayServer } from './server.ts'
import { OpenSockets } from './upgrade/open-sockets.ts'

// The gateway itself, real sockets and a real upstream; what mints is the token service's own suite's business.
let issuer: Issuer
let gateway: Server
let upstream: Server
let origin: string
let mintError: TenantryError | undefined
const directory = new Directory()
const seen: IncomingMessage[] = []
const lines: string[] = []
const meters = createMeters({ service: 'gateway', deployment: 'gateway' })

before(async () => {
  issuer = await startIssuer()
  upstream = createServer(async (request, response) => {
    seen.push(request)
    if (request.url === '/orders/stream') {
      response.write('first')
      await new Promise((resolve) => setTimeout(resolve, 100))
      response.end(' last')
    } else if (request.url === '/orders/moved') response.writeHead(421).end()
    else if (request.url === '/orders/hang') request.socket.once('close', () => seen.push(request))
    else
      response
        .writeHead(201, { 'x-own': 'yes', connection: 'close' })
        .end(`got ${(await text(request).catch(() => '')).length}`)
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const config = readConfig({
    mode: 'development',
    trustDomain: 'shop.example',
    identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    tiers: { basic: { placement: 'pool' } },
    services: {
      order: { entry: 'order.ts', routes: ['/orders'] },
      gone: { entry: 'gone.ts', routes: ['/gone', '/refused'] },
    },
  })
  const placement = { order: 'pool', gone: 'pool' } as const
  directory.apply({
    type: 'snapshot',
    tenants: [
      { id: 'tenant-a', tier: 'basic', status: 'active', placement, silo: null },
      { id: 'tenant-b', tier: 'basic', status: 'active', placement, silo: null },
      { id: 'tenant-s', tier: 'basic', status: 'suspended', placement, silo: null },
    ],
    deployments: [
      {
        id: 'order.pool',
        service: 'order',
        tenant: null,
        database: 'd',
        role: 'r',
        addresses: [addressOf(upstream)],
      },
      { id: 'gone.pool', service: 'gone', tenant: null, database: 'd', role: 'r', addresses: [] },
    ],
    workloads: [],
    databases: [],
  })
  const mintForAccessToken = async () => {
    if (mintError) throw mintError
    return 'the.transaction.token'
  }
  gateway = createGatewayServer(
    {
      config,
      directory,
      accessTokens: createAccessTokenVerifier(config.identity),
      tokenService: { mintForAccessToken, mintForApiKey: mintForAccessToken },
      caller: (service) => `caller of ${service}`,
      limiter: new MemoryLimiter(),
      queues: new DeploymentQueues(config.limits.deployment),
      sockets: new OpenSockets(directory),
      upstream: new Agent(),
    },
    { log: pino({}, { write: (line) => lines.push(line) }), meters },
  ).listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  origin = addressOf(gateway)
})
after(async () => {
  for (const server of [gateway, upstream]) {
    server.close()
    server.closeAllConnections()
  }
  await issuer.close()
})
beforeEach(() => {
  seen.length = 0
  lines.length = 0
  mintError = undefined
})

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function call(path: string, init: RequestInit & { claims?: object } = {}) {
  const authorization = `Bearer ${await issuer.sign({ claims: { ...init.claims } })}`
  return fetch(`${origin}${path}`, { ...init, headers: { authorization, ...init.headers } })
}

async function refusal(answer: Response) {
  const { code, request_id: requestId } = (await answer.json()) as { code: string; request_id: string }
  assert.equal(answer.headers.get('x-request-id'), requestId)
  return [answer.status, code]
}

/** Sends bytes as they are and returns all that comes back. */
async function raw(lines: string[], body = ''): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  return text(socket)
}

test('a request reaches the deployment with our token and id, and without the access token', async () => {
  const answer = await call('/orders/1?x=1', { method: 'POST', body: 'hello', headers: { 'x-own': 'kept' } })
  assert.equal(answer.status, 201)
  assert.equal(await answer.text(), 'got 5')
  assert.equal(answer.headers.get('x-own'), 'yes')
  const [request] = seen
  assert.equal(request?.url, '/orders/1?x=1')
  assert.equal(request?.headers['txn-token'], 'the.transaction.token')
  assert.equal(request?.headers['tenantry-caller'], 'caller of order')
  assert.equal(request?.headers['x-request-id'], answer.headers.get('x-request-id'))
  assert.equal(request?.headers['x-own'], 'kept')
  assert.equal(request?.headers.authorization, undefined)
})

test('inbound copies of our headers never arrive, whoever is named in `Connection`', async () => {
  const spoofed = {
    'txn-token': 'x',
    'tenantry-caller': 'x',
    'x-tenant-id': 'b',
    'x-jwt-role': 'admin',
    tenantid: 'b',
    'ce-id': '1',
    'x-request-id': 'mine',
    'x-forwarded-for': '1.1.1.1',
    forwarded: 'for=1',
  }
  await call('/orders', { headers: spoofed })
  const headers = seen[0]?.headers ?? {}
  assert.equal(headers['txn-token'], 'the.transaction.token')
  assert.equal(headers['tenantry-caller'], 'caller of order')
  assert.equal(headers['x-forwarded-for'], '127.0.0.1')
  assert.notEqual(headers['x-request-id'], 'mine')
  for (const name of ['x-tenant-id', 'x-jwt-role', 'tenantid', 'ce-id', 'forwarded'])
    assert.equal(headers[name], undefined, name)
  const token = await issuer.sign()
  await raw([
    'GET /orders HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Connection: close, Txn-Token, X-Request-Id',
  ])
  assert.equal(seen[1]?.headers['txn-token'], 'the.transaction.token')
})

test('a request goes on in its caller’s trace, and one without a valid one begins a trace, which the log names', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
  await call('/orders', { headers: { traceparent, tracestate: 'a=1,b=2' } })
  assert.match(
    String(seen[0]?.headers.traceparent),
    new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7).{16}-01$`),
  )
  assert.equal(seen[0]?.headers.tracestate, 'a=1,b=2')
  assert.equal(JSON.parse(lines.at(-1) ?? '').trace_id, traceId)
  await call('/orders')
  await call('/orders', { headers: { traceparent: traceparent.toUpperCase(), tracestate: 'a=1' } })
  const authorization = `Authorization: Bearer ${await issuer.sign()}`
  const twice = [`Traceparent: ${traceparent}`, `TRACEPARENT: ${traceparent}`, 'Connection: close']
  await raw(['GET /orders HTTP/1.1', 'Host: x', authorization, ...twice])
  for (const [at, line] of lines.slice(1).entries()) {
    const { headers } = seen[at + 1] ?? {}
    assert.match(String(headers?.traceparent), new RegExp(`^00-(?!${traceId}).{32}-.{16}-03$`))
    assert.equal(headers?.tracestate, undefined)
    assert.equal(JSON.parse(line).trace_id, String(headers?.traceparent).slice(3, 35))
  }
  assert.equal(seen.length, 4)
})

test('each step refuses by its own code', async () => {
  assert.deepEqual(await refusal(await fetch(`${origin}/orders`)), [401, 'ACCESS_TOKEN_MISSING'])
  assert.deepEqual(
    await refusal(await fetch(`${origin}/orders`, { headers: { authorization: 'Bearer x.y.z' } })),
    [401, 'ACCESS_TOKEN_INVALID'],
  )
  assert.deepEqual(await refusal(await call('/orders', { claims: { tenant: 'tenant-s' } })), [
    403,
    'TENANT_SUSPENDED',
  ])
  assert.deepEqual(await refusal(await call('/orders', { claims: { tenant: 'tenant-z' } })), [
    403,
    'TENANT_UNKNOWN',
  ])
  assert.deepEqual(await refusal(await call('/nothing')), [404, 'ROUTE_UNKNOWN'])
  assert.deepEqual(await refusal(await call('/.tenantry/events', { method: 'POST' })), [404, 'ROUTE_UNKNOWN'])
  assert.deepEqual(await refusal(await call('/gone')), [503, 'DEPLOYMENT_DOWN'])
  assert.deepEqual(await refusal(await call('/orders/moved')), [503, 'DEPLOYMENT_DOWN'])
  mintError = new TenantryError('TOKEN_SERVICE_DOWN', 'away', { status: 503, help: '' })
  const away = await call('/orders')
  assert.equal(away.headers.get('retry-after'), '1')
  assert.deepEqual(await refusal(away), [503, 'TOKEN_SERVICE_DOWN'])
  assert.deepEqual(
    seen.map(({ url }) => url),
    ['/orders/moved'],
  )
})

test('a user of several tenants chooses one by a header, which never arrives at the service', async () => {
  const claims = { tenant: ['tenant-a', 'tenant-b', 'tenant-s'] }
  const choose = (tenant: string, more: object = {}) =>
    call('/orders', { claims, headers: { 'Tenantry-Active-Tenant': tenant }, ...more })
  assert.equal((await choose('tenant-b')).status, 201)
  assert.equal(seen[0]?.headers['tenantry-active-tenant'], undefined)
  assert.deepEqual(await refusal(await call('/orders', { claims })), [400, 'TENANT_CHOICE_MISSING'])
  assert.deepEqual(await refusal(await choose('tenant-z')), [403, 'TENANT_CHOICE_REFUSED'])
  assert.deepEqual(await refusal(await choose('tenant-s')), [403, 'TENANT_SUSPENDED'])
  const other = await choose('tenant-b', { claims: { tenant: 'tenant-a' } })
  assert.deepEqual(await refusal(other), [403, 'TENANT_CHOICE_REFUSED'])
  assert.equal(seen.length, 1)
})

test('a deployment that refuses connections is 503 and not 500', async () => {
  const placed = directory.deployments.get('gone.pool')
  assert.ok(placed)
  directory.apply({ type: 'deployment', deployment: { ...placed, addresses: ['http://127.0.0.1:9'] } })
  assert.deepEqual(await refusal(await call('/refused')), [503, 'DEPLOYMENT_DOWN'])
  directory.apply({ type: 'deployment', deployment: placed })
})

test('what two programs could read in two ways is 400, and is not forwarded', async () => {
  const authorization = `Authorization: Bearer ${await issuer.sign()}`
  const plain = ['GET /orders HTTP/1.1', 'Host: shop', authorization, 'Connection: close']
  const ambiguous: [string[], string?][] = [
    [[...plain, authorization]],
    [[...plain, 'Host: other']],
    [['GET /orders HTTP/1.1', authorization, 'Connection: close']],
    [[...plain, 'X_Tenant_Id: b']],
    [[...plain, 'x.tenant: b']],
    [[...plain, 'Txn_Token: x']],
    [[...plain, 'Tenantry_Active_Tenant: tenant-a']],
    [[...plain, 'Tenantry-Active-Tenant: tenant-a', 'Tenantry-Active-Tenant: tenant-b']],
    [[...plain, 'tenant_id: b']],
    [[...plain, 'ce_tenantid: b']],
    [[...plain, 'X-JWT_Role: admin']],
    [[...plain, 'X_Forwarded.For: 1.1.1.1']],
    [[...plain, 'Txn-Token: a', 'Txn-Token: b']],
    [[...plain, 'Content-Length: 5', 'Content-Length: 6'], 'hello!'],
    [[...plain, 'Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    [[...plain, 'Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
    [[...plain, 'Transfer-Encoding : chunked'], '0\r\n\r\n'],
    [[...plain, 'X: a\rb']],
    ...[
      'http://shop/orders',
      '//shop/orders',
      '/orders/../gone',
      '/orders/..;/gone',
      '/orders/%2e%2e/gone',
      '/orders/..%c0%afgone',
      '/orders/%ff',
      '/orders%2fgone',
      '/orders\\gone',
      '/orders/%00',
      '/orders/./x',
      '/orders//x',
      '/orders/%zz',
      '/orders/%2E%2e/gone',
      '/orders;v=1',
      '/orders?x=1#/../gone',
      '/gone/..\\orders',
      '/ord\u00e9rs',
      '*',
    ].map((path): [string[]] => [[`GET ${path} HTTP/1.1`, ...plain.slice(1)]]),
  ]
  for (const [head, body] of ambiguous) {
    const answer = await raw(head, body)
    assert.match(answer, /^HTTP\/1\.1 400 /, head.join(' | '))
    assert.doesNotMatch(answer, /HTTP\/1\.1 2/, head.join(' | '))
  }
  assert.equal(seen.length, 0)
  assert.match(await raw(plain), /^HTTP\/1\.1 201 /)
})

test('a second request hidden in a body stays a body', async () => {
  const hidden = 'GET /orders/hidden HTTP/1.1\r\nHost: shop\r\n\r\n'
  const authorization = `Authorization: Bearer ${await issuer.sign()}`
  const answer = await raw(
    [
      'POST /orders HTTP/1.1',
      'Host: shop',
      authorization,
      'Connection: close',
      `Content-Length: ${hidden.length}`,
    ],
    hidden,
  )
  assert.match(answer, new RegExp(`got ${hidden.length}`))
  assert.deepEqual(
    seen.map(({ url }) => url),
    ['/orders'],
  )
})

test('a body over 1 MiB is 413, declared or not, and one of just 1 MiB passes', async () => {
  const large = 'x'.repeat(1024 * 1024 + 1)
  assert.deepEqual(await refusal(await call('/orders', { method: 'POST', body: large })), [
    413,
    'BODY_TOO_LARGE',
  ])
  const streamed = { method: 'POST', body: new Blob([large]).stream(), duplex: 'half' } as RequestInit
  assert.deepEqual(await refusal(await call('/orders', streamed)), [413, 'BODY_TOO_LARGE'])
  const most = await call('/orders', { method: 'POST', body: large.slice(1) })
  assert.equal(await most.text(), `got ${1024 * 1024}`)
})

test('an answer streams as it comes', async () => {
  const { body } = await call('/orders/stream')
  const parts: string[] = []
  for await (const part of body ?? []) parts.push(Buffer.from(part).toString())
  assert.deepEqual(parts, ['first', ' last'])
})

test('a caller that goes away takes the upstream request with it', async () => {
  const gone = new AbortController()
  const calling = call('/orders/hang', { signal: gone.signal })
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  gone.abort()
  await assert.rejects(calling)
  for (let waitedMs = 0; seen.length < 2; waitedMs += 5) {
    assert.ok(waitedMs < 2_000, 'the upstream connection stays open')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
})

test('each request is one log line and one measurement, and neither holds a token or a path', async () => {
  await call('/orders/secret-name')
  assert.equal(lines.length, 1)
  const { tenant, tier, service, deployment, status } = JSON.parse(lines[0] ?? '')
  assert.deepEqual(
    { tenant, tier, service, deployment, status },
    {
      tenant: 'tenant-a',
      tier: 'basic',
      service: 'order',
      deployment: 'order.pool',
      status: 201,
    },
  )
  const page = await meters.prometheusPage()
  assert.match(page, /tenant_id="tenant-a"/)
  for (const text of [lines[0] ?? '', page])
    assert.doesNotMatch(text, /secret-name|ey[\w-]+\.|the\.transaction\.token/)
})

test('health is open to all and tells nothing', async () => {
  const answer = await fetch(`${origin}/health`)
  assert.deepEqual(await answer.json(), { status: 'ok' })
})
