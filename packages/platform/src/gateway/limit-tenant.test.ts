import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, test } from 'node:test'
import { type GatewayOptions, RunningGateway, until } from '../../test/running-gateway.ts'

const tenants = { 'tenant-a': {}, 'tenant-b': {}, 'tenant-open': { tier: 'open' } }
let gateway: RunningGateway
/** The answers that the service holds back. */
const held: ServerResponse[] = []

async function start(limits: object, options: GatewayOptions = {}) {
  held.length = 0
  gateway = await RunningGateway.start({
    tenants,
    tiers: { basic: { placement: 'pool', limits }, open: { placement: 'pool' } },
    ...options,
  })
  await gateway.serve((request, response) => {
    request.resume()
    if (request.url === '/orders/held') held.push(response)
    else if (request.url === '/orders/breaks') response.destroy()
    else if (request.url === '/orders/own')
      response.writeHead(200, { ratelimit: '"own";r=1', 'ratelimit-policy': '"own";q=2' }).end()
    else response.end('done')
  })
}
afterEach(() => gateway.close())

async function refusal(answer: Response) {
  const body = (await answer.json()) as Record<string, string>
  assert.deepEqual(Object.keys(body).sort(), ['code', 'message', 'request_id'])
  assert.doesNotMatch(JSON.stringify(body), /tenant-/)
  return [answer.status, body.code]
}
const told = ({ headers }: Response) => [headers.get('ratelimit-policy'), headers.get('ratelimit')]
const statuses = async (tenant: string, count: number, path = '/orders') =>
  (await Promise.all(Array.from({ length: count }, () => gateway.call(path, { tenant })))).map(
    ({ status }) => status,
  )

test('each answer tells the policy and what is left of it, and one over it is 429 with a time to come again', async () => {
  await start({ requestsPerSecond: 0.5, burst: 2 })
  assert.deepEqual(told(await gateway.call('/orders')), ['"tenant-rate";q=2;w=4', '"tenant-rate";r=1;t=2'])
  assert.deepEqual(told(await gateway.call('/orders')), ['"tenant-rate";q=2;w=4', '"tenant-rate";r=0;t=2'])
  const refused = await gateway.call('/orders')
  assert.equal(refused.headers.get('retry-after'), '2')
  assert.deepEqual(told(refused), ['"tenant-rate";q=2;w=4', '"tenant-rate";r=0;t=2'])
  assert.deepEqual(await refusal(refused), [429, 'LIMIT_EXCEEDED'])
  const { tenant, tier, status, code } = await gateway.lastLine()
  assert.deepEqual([tenant, tier, status, code], ['tenant-a', 'basic', 429, 'LIMIT_EXCEEDED'])
})

test('whoever comes again when it was told to is served', async () => {
  await start({ requestsPerSecond: 2, burst: 1 })
  await gateway.call('/orders')
  const refused = await gateway.call('/orders')
  assert.equal(refused.status, 429)
  await new Promise((resolve) => setTimeout(resolve, Number(refused.headers.get('retry-after')) * 1000))
  assert.equal((await gateway.call('/orders')).status, 200)
})

test('one tenant’s limit is not another’s, and a tier without limits has none and tells of none', async () => {
  await start({ requestsPerSecond: 0.1, burst: 3 })
  assert.deepEqual((await statuses('tenant-a', 10)).filter((status) => status === 200).length, 3)
  assert.deepEqual(await statuses('tenant-b', 3), [200, 200, 200])
  assert.deepEqual(await statuses('tenant-open', 20), Array(20).fill(200))
  assert.deepEqual(told(await gateway.call('/orders', { tenant: 'tenant-open' })), [null, null])
})

test('what was set for one tenant holds for its next request, and so does what is taken back', async () => {
  await start({ requestsPerSecond: 0.1, burst: 1 })
  await gateway.call('/orders')
  assert.equal((await gateway.call('/orders')).status, 429)
  gateway.tell('tenant-a', { limits: { requestsPerSecond: 1000 } })
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(await statuses('tenant-a', 20), Array(20).fill(200))
  gateway.tell('tenant-a')
  await gateway.call('/orders')
  assert.equal((await gateway.call('/orders')).status, 429)
  gateway.tell('tenant-open', { tier: 'open', limits: { concurrency: 1 } })
  assert.deepEqual(told(await gateway.call('/orders', { tenant: 'tenant-open' })), [
    '"tenant-concurrency";q=1;qu="concurrent-requests"',
    '"tenant-concurrency";r=0',
  ])
})

test('no more requests of a tenant are under way than may be; what is over the limit is 429', async () => {
  await start({ concurrency: 2 })
  const calling = [gateway.call('/orders/held'), gateway.call('/orders/held')]
  await until(() => held.length === 2)
  const refused = await gateway.call('/orders')
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.deepEqual(await refusal(refused), [429, 'LIMIT_EXCEEDED'])
  assert.equal((await gateway.call('/orders', { tenant: 'tenant-b' })).status, 200)
  held.shift()?.end()
  await Promise.race(calling)
  await until(() => gateway.lines.length === 3)
  assert.equal((await gateway.call('/orders')).status, 200)
  held.shift()?.end()
  await Promise.all(calling)
})

test('whatever ends a request gives back its place: an answer, an error, a caller that goes away', async () => {
  await start({ concurrency: 1 })
  const ends: [string, () => Promise<unknown>][] = [
    ['an answer', () => gateway.call('/orders').then((answer) => answer.text())],
    ['a deployment that breaks off', () => gateway.call('/orders/breaks')],
    ['a body that is too large', () => gateway.call('/orders', tooLarge())],
    ['a token service that fails', failingMint],
    ['a caller that goes away', goingAway],
  ]
  for (const [what, end] of ends) {
    const before = gateway.lines.length
    await end()
    await until(() => gateway.lines.length > before)
    assert.notEqual((await gateway.lastLine()).code, 'LIMIT_EXCEEDED', what)
    const next = await gateway.call('/orders')
    assert.equal(next.status, 200, `after ${what}`)
    await until(() => gateway.lines.length > before + 1)
  }
  assert.equal(gateway.queues.size, 0)
})

const tooLarge = () =>
  ({ method: 'POST', body: new Blob(['x'.repeat(1_100_000)]).stream(), duplex: 'half' }) as RequestInit

async function failingMint(): Promise<void> {
  const { mint } = gateway
  gateway.mint = () => Promise.reject(new Error('a mistake'))
  await gateway.call('/orders')
  gateway.mint = mint
}

async function goingAway(): Promise<void> {
  const { socket } = await gateway.open('GET /orders/held')
  await until(() => held.length > 0)
  socket.destroy()
  await once(held.shift() ?? socket, 'close')
}

test('what is refused before its tenant is known uses up nothing of the tenant', async () => {
  await start({ requestsPerSecond: 0.1, burst: 1 })
  assert.equal((await fetch(`${gateway.origin}/orders`)).status, 401)
  assert.equal((await gateway.call('/nothing')).status, 404)
  assert.equal((await gateway.call('/orders')).status, 200)
})

test('limits of the service’s own are told behind the tenant’s, and alone where it has none', async () => {
  await start({ requestsPerSecond: 1 })
  assert.deepEqual(told(await gateway.call('/orders/own')), [
    '"tenant-rate";q=1;w=1, "own";q=2',
    '"tenant-rate";r=0;t=1, "own";r=1',
  ])
  const open = await gateway.call('/orders/own', { tenant: 'tenant-open' })
  assert.deepEqual(told(open), ['"own";q=2', '"own";r=1'])
})
