import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { type Hop, hopSchema } from '@tenantry/routing'
import { addressOf, RunningGateway, until } from '../../test/running-gateway.ts'

type GatewayHop = Extract<Hop, { kind: 'gateway' }>
let gateway: RunningGateway

before(async () => {
  gateway = await RunningGateway.start({
    tiers: { basic: { placement: 'pool', limits: { requestsPerSecond: 0.01, burst: 20 } } },
    resolvers: [
      { by: 'host', pattern: '<tenant>.shop.example' },
      { by: 'path', prefix: '/t' },
    ],
    tenants: {
      'tenant-a': {},
      'tenant-b': { limits: { concurrency: 1 } },
      'tenant-s': { status: 'suspended' },
    },
  })
  await gateway.serve((_request, response) => response.end())
})
after(() => gateway.close())

/** What is kept of the request that this answers. */
async function hopOf(id: string | null): Promise<GatewayHop> {
  await until(() => gateway.hops.find([id ?? '']).hops.length > 0)
  const [hop, ...more] = gateway.hops.find([id ?? '']).hops
  assert.deepEqual(more, [])
  assert.equal(hopSchema.safeParse(hop).success, true, 'what is kept is what may be told')
  return hop as GatewayHop
}
const afterAnswer = async (answer: Promise<Response>) => {
  const { headers, status } = await answer
  const hop = await hopOf(headers.get('x-request-id'))
  assert.equal(hop.status, status)
  return hop
}

test('a forwarded request is kept with whose address, whose token, whose deployment, and the route alone of its path', async () => {
  const hop = await afterAnswer(
    gateway.call('/t/tenant-a/orders/secret-1?q=secret-2', { tenant: 'tenant-a' }),
  )
  const { issuer = '', ms, atMs, trace, request, ...kept } = hop
  assert.deepEqual(kept, {
    ...{ kind: 'gateway', tenant: 'tenant-a', tier: 'basic', method: 'GET', status: 200 },
    ...{
      resolvedBy: ['path'],
      addressed: 'tenant-a',
      route: '/orders',
      service: 'order',
      deployment: 'order.pool',
    },
  })
  assert.match(issuer, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.ok(ms > 0 && Math.abs(atMs - Date.now()) < 10_000)
  assert.match(trace ?? '', /^[\da-f]{32}$/)
  assert.doesNotMatch(JSON.stringify(hop), /secret|Bearer|eyJ/)
  assert.ok(request.length > 0)
})

test('a refused one is kept as far as it was known: without a token, of another tenant’s, of a suspended one, of no route', async () => {
  const nobody = await afterAnswer(fetch(`${gateway.origin}/orders?secret`))
  assert.deepEqual(
    [nobody.code, nobody.tenant, nobody.issuer, nobody.route],
    ['ACCESS_TOKEN_MISSING', ...Array(3)],
  )
  const forged = await afterAnswer(
    gateway.call('/orders', { headers: { authorization: 'Bearer secret.secret.secret' } }),
  )
  assert.deepEqual(
    [forged.code, forged.tenant, forged.issuer],
    ['ACCESS_TOKEN_INVALID', undefined, undefined],
  )
  const other = await afterAnswer(gateway.call('/t/tenant-b/orders', { tenant: 'tenant-a' }))
  assert.deepEqual([other.code, other.addressed, other.tenant], ['TENANT_MISMATCH', 'tenant-b', undefined])
  const suspended = await afterAnswer(gateway.call('/orders', { tenant: 'tenant-s' }))
  assert.deepEqual(
    [suspended.code, suspended.tenant, suspended.tier],
    ['TENANT_SUSPENDED', 'tenant-s', undefined],
  )
  const lost = await afterAnswer(gateway.call('/secret', { tenant: 'tenant-a' }))
  assert.deepEqual([lost.code, lost.tenant, lost.route], ['ROUTE_UNKNOWN', 'tenant-a', undefined])
  for (const hop of [nobody, forged, other, suspended, lost])
    assert.doesNotMatch(JSON.stringify(hop), /secret/)
})

test('a limited one is kept with the limit, and whether it is the tenant’s own', async () => {
  let hop: GatewayHop
  do hop = await afterAnswer(gateway.call('/orders', { tenant: 'tenant-a' }))
  while (hop.status !== 429)
  assert.deepEqual([hop.code, hop.limit], ['LIMIT_EXCEEDED', { by: 'rate', max: 0.01, own: false }])

  const answer = Promise.withResolvers<void>()
  await gateway.serve((_request, response) => void answer.promise.then(() => response.end()))
  const first = gateway.call('/orders', { tenant: 'tenant-b' })
  const hops = await Promise.all(
    [1, 2].map(() =>
      gateway.call('/orders', { tenant: 'tenant-b' }).then((reply) => {
        answer.resolve()
        return reply
      }),
    ),
  )
  await first
  const second = hops.find(({ status }) => status === 429)
  const limited = await hopOf(second?.headers.get('x-request-id') ?? null)
  assert.deepEqual(limited.limit, { by: 'concurrency', max: 1, own: true })
})

test('bytes that are no request are kept under the id in their answer', async () => {
  const socket = connect(Number(new URL(addressOf(gateway.server)).port), '127.0.0.1')
  socket.write('secret\r\n\r\n')
  const id = /^x-request-id: (.+?)\r?$/m.exec(await text(socket))?.[1] ?? null
  const { code, status, tenant } = await hopOf(id)
  assert.deepEqual([code, status, tenant], ['REQUEST_MALFORMED', 400, undefined])
})

test('what an ingress asked about is kept with which kind it is', async () => {
  await gateway.serve((_request, response) => response.end())
  const answer = await fetch(`${addressOf(gateway.ingress)}/authz/traefik`, {
    headers: {
      authorization: `Bearer ${await gateway.token({ claims: { tenant: 'tenant-b' } })}`,
      ...{ 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/orders?secret', 'x-forwarded-host': 'shop' },
    },
  })
  const { ingress, method, route, deployment } = await hopOf(answer.headers.get('x-request-id'))
  assert.deepEqual([ingress, method, route, deployment], ['traefik', 'POST', '/orders', 'order.pool'])
})
