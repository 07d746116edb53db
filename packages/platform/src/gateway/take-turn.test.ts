import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { afterEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RunningGateway, until } from '../../test/running-gateway.ts'

const tenants = { 'tenant-a': {}, loud: {}, quiet: {}, other: {}, heavy: { limits: { weight: 4 } } }
let gateway: RunningGateway
/** How many requests have come as far as the queue. */
let entered = 0
/** What the service holds back, and for whom. */
const held: { response: ServerResponse; url: string }[] = []

async function start(deployment: object) {
  held.length = 0
  entered = 0
  gateway = await RunningGateway.start({ tenants, limits: { deployment } })
  const enter = gateway.queues.enter.bind(gateway.queues)
  gateway.queues.enter = (...asked) => {
    entered++
    return enter(...asked)
  }
  await gateway.serve((request, response) => held.push({ response, url: request.url ?? '' }))
}
afterEach(() => gateway.close())

const call = (tenant: string) => gateway.call(`/orders/${tenant}`, { tenant })
const calls = (tenant: string, count: number) => Array.from({ length: count }, () => call(tenant))
const end = () => held.shift()?.response.end()
/** Ends what is held until all have been answered. */
async function drain(calling: Promise<Response>[]) {
  let answered = 0
  for (const one of calling) void one.catch(() => undefined).finally(() => answered++)
  while (answered < calling.length) {
    end()
    await sleep(1)
  }
  return Promise.all(calling)
}

test('a deployment is sent no more at once than it may be, and what waits has its turn', async () => {
  await start({ inFlight: 4 })
  const calling = calls('loud', 10)
  await until(() => held.length === 3)
  await sleep(30)
  assert.equal(held.length, 3, 'of four places one is kept free')
  let most = 0
  for (let answered = 0; answered < 10; answered++) {
    await until(() => held.length > 0)
    most = Math.max(most, held.length)
    end()
  }
  assert.ok(most <= 4, String(most))
  for (const { status } of await Promise.all(calling)) assert.equal(status, 200)
  await until(() => gateway.queues.size === 0)
})

test('a tenant that floods waits behind itself: the next one is sent on at once', async () => {
  await start({ inFlight: 8 })
  const loud = calls('loud', 40)
  await until(() => held.length === 6)
  const quiet = call('quiet')
  await until(() => held.length === 7)
  const at = held.findIndex(({ url }) => url === '/orders/quiet')
  held.splice(at, 1)[0]?.response.end()
  assert.equal((await quiet).status, 200)
  await drain(loud)
})

test('where nothing is free, turns are taken between tenants and not between requests', async () => {
  await start({ inFlight: 1 })
  const loud = calls('loud', 30)
  await until(() => held.length === 1 && entered === 30)
  const others = [call('quiet'), call('other')]
  await until(() => entered === 32)
  const order: string[] = []
  for (let turn = 0; turn < 5; turn++) {
    await until(() => held.length === 1)
    order.push(held[0]?.url.slice('/orders/'.length) ?? '')
    end()
  }
  assert.ok(order.includes('quiet') && order.includes('other'), String(order))
  await drain([...loud, ...others])
})

test('a tenant with more than it may have waiting is 503 with a time to come again; others still wait', async () => {
  await start({ inFlight: 1, waiting: 4, waitMs: 5_000 })
  const loud = calls('loud', 1 + 3)
  await until(() => held.length === 1 && entered === 4)
  const refused = await call('loud')
  assert.equal(refused.headers.get('retry-after'), '1')
  const body = (await refused.json()) as { code: string; message: string }
  assert.deepEqual([refused.status, body.code], [503, 'DEPLOYMENT_BUSY'])
  assert.doesNotMatch(body.message, /loud|quiet/)
  const quiet = call('quiet')
  for (const { status } of await drain([...loud, quiet])) assert.equal(status, 200)
})

test('nobody waits longer than may be', async () => {
  await start({ inFlight: 1, waitMs: 100 })
  const first = call('loud')
  await until(() => held.length === 1)
  const answer = await call('quiet')
  assert.deepEqual(
    [answer.status, ((await answer.json()) as { code: string }).code],
    [503, 'DEPLOYMENT_BUSY'],
  )
  assert.ok(Number((await gateway.lastLine()).ms) >= 95)
  await drain([first])
  assert.equal(held.length, 0, 'what went away was never sent')
})

test('a caller that goes away leaves the queue and is never sent on', async () => {
  await start({ inFlight: 1 })
  const first = call('loud')
  await until(() => held.length === 1)
  const { socket } = await gateway.open('GET /orders/gone')
  await sleep(50)
  socket.destroy()
  await until(() => gateway.lines.length === 1)
  const { status, code } = await gateway.lastLine()
  assert.deepEqual([status, code], [499, 'CALLER_GONE'])
  const next = call('quiet')
  end()
  await until(() => held.length === 1)
  assert.equal(held[0]?.url, '/orders/quiet')
  await drain([first, next])
  await until(() => gateway.queues.size === 0)
})

test('what waited is sent where the deployment runs by then', async () => {
  await start({ inFlight: 1 })
  const first = call('loud')
  await until(() => held.length === 1)
  const second = call('quiet')
  await sleep(50)
  await gateway.serve((_request, response) => response.end('from the new copy'))
  end()
  await first
  assert.equal(await (await second).text(), 'from the new copy')
})

test('weights divide what a deployment can do', async () => {
  await start({ inFlight: 64, waiting: 2_000 })
  const calling = ['loud', 'heavy'].flatMap((tenant) => calls(tenant, 150))
  await until(() => held.length > 50)
  const count = (tenant: string) => held.filter(({ url }) => url === `/orders/${tenant}`).length
  // Refilled again and again, so that who came first does not matter.
  for (let ended = 0; ended < 60; ended++) {
    const most = count('loud') > count('heavy') / 4 ? 'loud' : 'heavy'
    const [one] = held.splice(
      held.findIndex(({ url }) => url === `/orders/${most}`),
      1,
    )
    one?.response.end()
    await sleep(2)
  }
  assert.ok(count('heavy') >= 3 * count('loud'), `${count('heavy')} and ${count('loud')}`)
  await drain(calling)
})
