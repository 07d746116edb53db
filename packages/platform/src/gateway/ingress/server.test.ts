import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { TenantryError } from '@tenantry/context'
import { RunningGateway } from '../../../test/running-gateway.ts'

// What each kind of ingress sends, byte by byte, and what it has to find in the answer. The real nginx and Caddy are in
// conformance/ingress.
let gateway: RunningGateway
let token: string
let failure: Error | undefined
const kinds = ['envoy', 'nginx', 'traefik', 'caddy'] as const

before(async () => {
  gateway = await RunningGateway.start({
    resolvers: [
      { by: 'host', pattern: '<tenant>.shop.example' },
      { by: 'path', prefix: '/t' },
    ],
    tenants: {
      ...{ 'tenant-a': {}, 'tenant-b': {}, 'tenant-s': { status: 'suspended' } },
      ...Object.fromEntries(
        kinds.map((kind) => [`limited-${kind}`, { limits: { requestsPerSecond: 2, concurrency: 1 } }]),
      ),
    },
  })
  gateway.place(['http://127.0.0.1:9'])
  gateway.mint = async () => {
    if (failure) throw failure
    return 'the.transaction.token'
  }
  token = await gateway.token()
})
after(() => gateway.close())
beforeEach(() => {
  failure = undefined
  gateway.lines.length = 0
})

interface Answer {
  readonly status: number
  readonly headers: Map<string, string>
  readonly body: string
}

/** Sends bytes and reads the one answer. */
async function raw(bytes: string, address = '127.0.0.1'): Promise<Answer> {
  const { port } = gateway.ingress.address() as AddressInfo
  const socket = connect(port, address)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n', 2)
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
  })
  assert.equal(new Set(headers.map(([name]) => name)).size, headers.length)
  return { status: Number(statusLine.split(' ')[1]), headers: new Map(headers), body }
}

interface Asked {
  readonly method?: string
  readonly host?: string
  readonly target?: string
  /** The client's, `authorization` among them. */
  readonly headers?: readonly string[]
}

const bearer = () => `Authorization: Bearer ${token}`

/** The request that each kind of ingress makes of a client's. */
const wire: Record<(typeof kinds)[number], (asked: Required<Asked>) => string[]> = {
  // Envoy 1.3x, `http_service` with `path_prefix: /authz/envoy`; Istio's `envoyExtAuthzHttp` with `pathPrefix` is the same.
  envoy: ({ method, host, target, headers }) => [
    `${method} /authz/envoy${target} HTTP/1.1`,
    `host: ${host}`,
    'content-length: 0',
    ...headers,
    'x-envoy-internal: true',
    'x-forwarded-for: 10.0.0.9',
    'x-envoy-expected-rq-timeout-ms: 200',
  ],
  // nginx 1.22 by docs/operating/ingress/nginx.conf.
  nginx: ({ method, host, target, headers }) => [
    'GET /authz/nginx HTTP/1.1',
    `Host: ${host}`,
    `X-Original-Request: ${method} ${target} HTTP/1.1`,
    ...headers,
  ],
  // Traefik 2 and 3, `forwardAuth` with `address: http://…/authz/traefik`.
  traefik: ({ method, host, target, headers }) => [
    'GET /authz/traefik HTTP/1.1',
    'Host: tenantry-gateway:8070',
    'User-Agent: Go-http-client/1.1',
    ...headers,
    'X-Forwarded-For: 10.0.0.9',
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Method: ${method}`,
    'X-Forwarded-Port: 80',
    'X-Forwarded-Proto: http',
    'X-Forwarded-Server: traefik-5d9',
    `X-Forwarded-Uri: ${target}`,
    'X-Real-Ip: 10.0.0.9',
    'Accept-Encoding: gzip',
  ],
  // Caddy 2.6, `forward_auth` with `uri /authz/caddy`.
  caddy: ({ method, host, target, headers }) => [
    `GET /authz/caddy${/\?.*/.exec(target)?.[0] ?? ''} HTTP/1.1`,
    `Host: ${host}`,
    ...headers,
    'X-Forwarded-For: 10.0.0.9',
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Method: ${method}`,
    'X-Forwarded-Proto: http',
    `X-Forwarded-Uri: ${target}`,
    'Accept-Encoding: gzip',
  ],
}

const bytes = (lines: string[]) => `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`

function ask(kind: (typeof kinds)[number], asked: Asked = {}): Promise<Answer> {
  const whole = {
    method: 'POST',
    host: 'shop.example',
    target: '/orders/1?x=1',
    headers: [bearer()],
    ...asked,
  }
  return raw(bytes(wire[kind](whole)))
}

const codeOf = ({ body }: Answer) => (body ? (JSON.parse(body) as { code: string }).code : undefined)

test('what the gateway would forward is allowed: 200, no body, every managed header, once', async () => {
  for (const kind of kinds) {
    const { status, headers, body } = await ask(kind)
    assert.deepEqual([status, body, headers.get('content-length')], [200, '', '0'], kind)
    assert.equal(headers.get('txn-token'), 'the.transaction.token')
    assert.match(headers.get('tenantry-caller') ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/)
    assert.equal(headers.get('tenantry-deployment'), 'order.pool')
    assert.match(headers.get('x-request-id') ?? '', /^[\da-f-]{36}$/)
    assert.match(headers.get('traceparent') ?? '', /^00-[\da-f]{32}-[\da-f]{16}-0[0-3]$/)
    assert.equal(headers.get('tracestate'), '')
    assert.equal(headers.get('x-envoy-auth-headers-to-remove'), 'authorization,tenantry-active-tenant')
  }
})

test('what a client sends of the managed headers is never in the answer', async () => {
  const forged = [
    'Txn-Token: forged',
    'Tenantry-Caller: forged',
    'Tenantry-Deployment: forged',
    'X-Request-Id: forged',
    'Tracestate: f=1',
  ]
  for (const kind of kinds) {
    const { status, headers } = await ask(kind, { headers: [bearer(), ...forged] })
    assert.equal(status, 200)
    assert.doesNotMatch([...headers.values()].join(), /forged|f=1/)
  }
})

test('the client’s trace goes on, and its state with it', async () => {
  const traceId = 'ab'.repeat(16)
  const trace = [`traceparent: 00-${traceId}-${'cd'.repeat(8)}-01`, 'tracestate: vendor=1']
  for (const kind of kinds) {
    const { headers } = await ask(kind, { headers: [bearer(), ...trace] })
    assert.match(headers.get('traceparent') ?? '', new RegExp(`^00-${traceId}-(?!cdcd)[\\da-f]{16}-01$`))
    assert.equal(headers.get('tracestate'), 'vendor=1')
  }
})

test('each refusal of the gateway’s is one of the endpoint’s; nginx is told by 401 or 403 and by headers', async () => {
  const [other, suspended, unknown] = await Promise.all(
    ['tenant-b', 'tenant-s', 'tenant-x'].map((tenant) => gateway.token({ claims: { tenant } })),
  )
  const refusals: [Asked, number, string][] = [
    [{ headers: [] }, 401, 'ACCESS_TOKEN_MISSING'],
    [{ headers: ['Authorization: Bearer e30.e30.e30'] }, 401, 'ACCESS_TOKEN_INVALID'],
    [{ headers: [`Authorization: Bearer ${suspended}`] }, 403, 'TENANT_SUSPENDED'],
    [{ headers: [`Authorization: Bearer ${unknown}`] }, 403, 'TENANT_UNKNOWN'],
    [{ headers: [`Authorization: Bearer ${other}`], host: 'tenant-a.shop.example' }, 403, 'TENANT_MISMATCH'],
    [{ target: '/t/tenant-b/orders' }, 403, 'TENANT_MISMATCH'],
    [{ target: '/nothing' }, 404, 'ROUTE_UNKNOWN'],
    [{ target: '/health', method: 'GET' }, 404, 'ROUTE_UNKNOWN'],
    [{ method: 'TRACE' }, 405, 'METHOD_REFUSED'],
    [{ target: '/orders/../orders' }, 400, 'REQUEST_AMBIGUOUS'],
    [{ target: '/orders%2f..' }, 400, 'REQUEST_AMBIGUOUS'],
    [{ host: 'tenant-a.shop.example..' }, 400, 'REQUEST_AMBIGUOUS'],
    [{ headers: [bearer(), bearer()] }, 400, 'REQUEST_AMBIGUOUS'],
    [{ headers: [bearer(), 'Txn_Token: x'] }, 400, 'REQUEST_AMBIGUOUS'],
    [{ headers: [bearer(), 'tenantry.caller: x'] }, 400, 'REQUEST_AMBIGUOUS'],
    [{ headers: [bearer(), 'X-Tenant-Id: tenant-b'] }, 400, 'REQUEST_AMBIGUOUS'],
    [{ headers: [bearer(), 'ce-tenantid: tenant-b'] }, 400, 'REQUEST_AMBIGUOUS'],
  ]
  for (const kind of kinds)
    for (const [asked, status, code] of refusals) {
      const answer = await ask(kind, asked)
      const what = `${kind} ${JSON.stringify(asked)}`
      assert.equal(codeOf(answer), code, what)
      assert.equal(answer.headers.get('txn-token'), undefined)
      assert.equal(answer.headers.get('tenantry-caller'), undefined)
      if (kind !== 'nginx') assert.equal(answer.status, status, what)
      else {
        assert.equal(answer.status, status === 401 ? 401 : 403, what)
        assert.equal(answer.headers.get('tenantry-status'), String(status))
        assert.equal(answer.headers.get('tenantry-code'), code)
      }
      assert.equal(answer.headers.get('www-authenticate'), status === 401 ? 'Bearer' : undefined)
    }
})

test('a tenant is held to its rate, and to no bound on what is under way, which nobody tells here', async () => {
  for (const kind of kinds) {
    const headers = [
      `Authorization: Bearer ${await gateway.token({ claims: { tenant: `limited-${kind}` } })}`,
    ]
    const answers = []
    for (let asked = 0; asked < 5; asked++) answers.push(await ask(kind, { headers }))
    const [first, , last] = answers
    assert.equal(first?.status, 200)
    assert.ok(last && codeOf(last) === 'LIMIT_EXCEEDED', kind)
    assert.equal(last.headers.get('retry-after'), '1')
    assert.match(last.headers.get('ratelimit') ?? '', /^"tenant-rate";r=0/)
    assert.equal(last.headers.get('txn-token'), undefined)
    assert.equal(last.status, kind === 'nginx' ? 403 : 429)
    if (kind === 'nginx') assert.equal(last.headers.get('tenantry-status'), '429')
  }
})

test('an absolute target is refused where the ingress tells of it', async () => {
  assert.equal(
    codeOf(await ask('nginx', { target: 'http://tenant-a.shop.example/orders' })),
    'REQUEST_AMBIGUOUS',
  )
  assert.equal(
    codeOf(await ask('traefik', { target: 'http://tenant-a.shop.example/orders' })),
    'REQUEST_AMBIGUOUS',
  )
})

test('a path that the resolver takes a part of is decided on by the rest', async () => {
  for (const kind of kinds) {
    assert.equal((await ask(kind, { target: '/t/tenant-a/orders/1' })).status, 200)
    assert.equal(codeOf(await ask(kind, { target: '/t/tenant-a/nothing' })), 'ROUTE_UNKNOWN')
  }
})

test('what is away denies too, and Envoy takes it for an error', async () => {
  failure = new TenantryError('TOKEN_SERVICE_DOWN', 'no answer', { status: 503, help: '' })
  for (const kind of kinds) {
    const answer = await ask(kind)
    assert.deepEqual([answer.status, codeOf(answer)], [kind === 'nginx' ? 403 : 503, 'TOKEN_SERVICE_DOWN'])
    assert.equal(answer.headers.get('retry-after'), '1')
  }
  failure = new Error('a mistake of ours')
  for (const kind of kinds) assert.equal(codeOf(await ask(kind)), 'INTERNAL')
})

test('how a request is read follows from where it is asked, whatever headers are there', async () => {
  // A client behind Envoy or nginx sends what Traefik would, and one behind Traefik what nginx would.
  const forwarded = [
    'X-Forwarded-Method: GET',
    'X-Forwarded-Uri: /orders',
    'X-Forwarded-Host: tenant-a.shop.example',
  ]
  const original = 'X-Original-Request: GET /orders HTTP/1.1'
  assert.equal(
    codeOf(await ask('envoy', { target: '/nothing', headers: [bearer(), ...forwarded, original] })),
    'ROUTE_UNKNOWN',
  )
  assert.equal(
    codeOf(await ask('nginx', { target: '/nothing', headers: [bearer(), ...forwarded] })),
    'ROUTE_UNKNOWN',
  )
  assert.equal(
    codeOf(await ask('traefik', { target: '/nothing', headers: [bearer(), original] })),
    'ROUTE_UNKNOWN',
  )
  assert.equal(
    codeOf(await ask('caddy', { target: '/nothing', headers: [bearer(), original] })),
    'ROUTE_UNKNOWN',
  )
})

test('who does not ask as its kind asks is refused, with a token that is good', async () => {
  const caddy = [
    'Host: shop.example',
    bearer(),
    'X-Forwarded-Method: GET',
    'X-Forwarded-Host: shop.example',
    'X-Forwarded-Uri: /orders',
  ]
  const line = 'X-Original-Request: GET /orders HTTP/1.1'
  for (const lines of [
    ['GET / HTTP/1.1', ...caddy],
    ['GET /orders HTTP/1.1', ...caddy, line],
    ['GET /authz HTTP/1.1', ...caddy, line],
    ['GET /authz/envoy HTTP/1.1', ...caddy],
    ['GET /authz/envoyx/orders HTTP/1.1', ...caddy],
    ['GET /authz/Caddy HTTP/1.1', ...caddy],
    ['GET /authz/caddy/ HTTP/1.1', ...caddy],
    ['GET /authz/other HTTP/1.1', ...caddy, line],
    ['GET http://shop.example/authz/caddy HTTP/1.1', ...caddy],
    ['POST /authz/caddy HTTP/1.1', ...caddy, 'Content-Length: 0'],
    ['HEAD /authz/caddy HTTP/1.1', ...caddy],
    ['GET /authz/caddy HTTP/1.1', ...caddy, 'X-Forwarded-Uri: /orders'],
    ['GET /authz/caddy HTTP/1.1', ...caddy.slice(0, -1)],
    ['GET /authz/nginx HTTP/1.1', 'Host: shop.example', bearer()],
    ['GET /authz/nginx HTTP/1.1', 'Host: shop.example', bearer(), line, line],
    ['GET /authz/nginx HTTP/1.1', 'Host: shop.example', bearer(), 'X-Original-Request: GET /orders'],
    [
      'GET /authz/nginx HTTP/1.1',
      'Host: shop.example',
      bearer(),
      'X-Original-Request: GET /orders x HTTP/1.1',
    ],
  ]) {
    const { status, headers } = await raw(bytes(lines))
    assert.equal(status, 403, lines[0])
    assert.equal(headers.get('txn-token'), undefined)
  }
  assert.equal((await raw('no HTTP\r\n\r\n')).status, 400)
})

test('who asks from an address that is no ingress’s is refused', async () => {
  const lines = wire.caddy({ method: 'GET', host: 'shop.example', target: '/orders', headers: [bearer()] })
  assert.equal((await raw(bytes(lines))).status, 200)
  const answer = await raw(bytes(lines), '::1')
  assert.deepEqual(
    [answer.status, codeOf(answer), answer.headers.get('txn-token')],
    [403, 'INGRESS_REFUSED', undefined],
  )
  assert.equal((await raw(bytes([...lines, 'X-Forwarded-For: 127.0.0.1']), '::1')).status, 403)
})

test('the log tells which ingress asked about what, and holds no token', async () => {
  await ask('envoy')
  await ask('nginx', { target: '/nothing' })
  const [allowed = {}, denied = {}] = gateway.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    [allowed.ingress, allowed.tenant, allowed.deployment, allowed.method, allowed.status],
    ['envoy', 'tenant-a', 'order.pool', 'POST', 200],
  )
  assert.deepEqual([denied.ingress, denied.code, denied.status], ['nginx', 'ROUTE_UNKNOWN', 403])
  assert.ok(!gateway.lines.join().includes('eyJ') && !gateway.lines.join().includes('the.transaction.token'))
})
