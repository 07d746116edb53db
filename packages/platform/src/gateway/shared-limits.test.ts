import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { redisMissing, startRedis, type TestRedis } from '../../../../tools/start-redis.ts'
import { RunningGateway, until } from '../../test/running-gateway.ts'
import { RedisLimiter } from './limits/redis-limiter.ts'

// Two real gateways over one real Redis, before a service each.
const options = { skip: redisMissing }
let server: TestRedis
let gateways: RunningGateway[] = []
let limiters: RedisLimiter[] = []
const held: ServerResponse[] = []

before(async () => {
  if (!redisMissing) server = await startRedis()
})
after(() => server?.stop())
beforeEach(() => void held.splice(0))
afterEach(async () => {
  for (const limiter of limiters) limiter.close()
  await Promise.all(gateways.map((gateway) => gateway.close()))
  gateways = []
  limiters = []
})

async function startTwo(limits: object, trustDomain: string) {
  for (let started = 0; started < 2; started++) {
    const { host, port, password } = server
    const limiter = await RedisLimiter.connect({
      url: `redis://:${password}@${host}:${port}`,
      trustDomain,
      onAway: () => undefined,
      onBack: () => undefined,
    })
    limiters.push(limiter)
    const gateway = await RunningGateway.start({
      limiter,
      tiers: { basic: { placement: 'pool', limits } },
      tenants: { 'tenant-a': {}, 'tenant-b': {} },
    })
    await gateway.serve((request, response) => {
      if (request.url === '/orders/held') held.push(response)
      else response.end('done')
    })
    gateways.push(gateway)
  }
  return gateways as [RunningGateway, RunningGateway]
}

test('two gateways over one Redis do not give more than the limit, and go on giving', options, async () => {
  const both = await startTwo({ requestsPerSecond: 30, burst: 10 }, 'rate.example')
  const startedAtMs = performance.now()
  const statuses: number[] = []
  const flood = async (gateway: RunningGateway) => {
    while (performance.now() - startedAtMs < 1_500) statuses.push((await gateway.call('/orders')).status)
  }
  await Promise.all([...both, ...both].map(flood))
  const seconds = (performance.now() - startedAtMs) / 1000
  const served = statuses.filter((status) => status === 200).length
  assert.deepEqual([...new Set(statuses)].sort(), [200, 429])
  assert.ok(served <= 10 + 30 * seconds, `${served} in ${seconds} s`)
  // A machine that stands still for a while loses what would have come meanwhile.
  assert.ok(served >= 10 + 15 * seconds, `${served} in ${seconds} s`)
  for (const gateway of both)
    assert.equal((await gateway.call('/orders', { tenant: 'tenant-b' })).status, 200)
})

test(
  'what is under way on one gateway counts on the other, until its caller goes away',
  options,
  async () => {
    const [one, other] = await startTwo({ concurrency: 1 }, 'concurrency.example')
    const { socket } = await one.open('GET /orders/held')
    await until(() => held.length === 1)
    assert.equal((await other.call('/orders')).status, 429)
    assert.equal((await other.call('/orders', { tenant: 'tenant-b' })).status, 200)
    socket.destroy()
    await until(() => one.lines.length === 1)
    await sleep(20)
    assert.equal((await other.call('/orders')).status, 200)
  },
)
