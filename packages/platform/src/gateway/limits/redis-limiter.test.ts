import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { redisMissing, startRedis, type TestRedis } from '../../../../../tools/start-redis.ts'
import { RedisLimiter } from './redis-limiter.ts'

// Several gateways' limiters over one real Redis. What they do to requests is `shared-limits.test.ts`.
const options = { skip: redisMissing }
const leaseMs = 900
let server: TestRedis
let raw: Redis
let limiters: RedisLimiter[] = []
const told: string[] = []

before(async () => {
  if (redisMissing) return
  server = await startRedis()
  raw = new Redis(urlOf(server)).on('error', () => undefined)
})
after(async () => {
  raw?.disconnect()
  await server?.stop()
})
beforeEach(() => void raw?.flushall())
afterEach(() => {
  for (const limiter of limiters) limiter.close()
  limiters = []
  told.length = 0
})

const urlOf = ({ host, port, password }: TestRedis) => `redis://:${password}@${host}:${port}`

async function connect(more: object = {}): Promise<RedisLimiter> {
  const limiter = await RedisLimiter.connect({
    url: urlOf(server),
    trustDomain: 'shop.example',
    leaseMs,
    onAway: ({ message }) => told.push(`away: ${message}`),
    onBack: () => told.push('back'),
    ...more,
  })
  limiters.push(limiter)
  return limiter
}

const none = { rate: null, concurrency: null, weight: 1 }
const rated = { ...none, rate: { requestsPerSecond: 20, burst: 20 } }
const two = { ...none, concurrency: 2 }

test('gateways together let through what one may', options, async () => {
  const gateways = [await connect(), await connect(), await connect()]
  const startedAtMs = performance.now()
  let passed = 0
  const send = async (limiter: RedisLimiter) => {
    while (performance.now() - startedAtMs < 1_500)
      if ((await limiter.admit('a', rated)).refusedBy === null) passed++
      else await sleep(2)
  }
  await Promise.all([...gateways, ...gateways].map(send))
  const seconds = (performance.now() - startedAtMs) / 1000
  assert.ok(passed <= 20 + 20 * seconds, `${passed} in ${seconds} s`)
  assert.ok(passed >= 20 + 10 * seconds, `${passed} in ${seconds} s`)
  assert.deepEqual(told, [])
})

test(
  'what one gateway let through, the others know to be gone, and when there is more',
  options,
  async () => {
    const [one, other] = [await connect(), await connect()]
    const slow = { ...none, rate: { requestsPerSecond: 1, burst: 3 } }
    assert.equal((await one.admit('a', slow)).rate?.available, 2)
    assert.equal((await other.admit('a', slow)).rate?.available, 1)
    assert.equal((await one.admit('a', slow)).rate?.available, 0)
    const refused = await other.admit('a', slow)
    assert.equal(refused.refusedBy, 'rate')
    assert.ok(refused.rate && refused.rate.nextMs > 800 && refused.rate.nextMs <= 1000)
    assert.equal((await other.admit('b', slow)).refusedBy, null)
    // A timer may go off early, and two clocks are read.
    await sleep(refused.rate.nextMs + 10)
    assert.equal((await other.admit('a', slow)).refusedBy, null)
  },
)

test(
  'no more are under way on all gateways than may be, and one that ends makes room on any',
  options,
  async () => {
    const [one, other] = [await connect(), await connect()]
    const first = await one.admit('a', two)
    assert.deepEqual([first.refusedBy, first.concurrency], [null, { available: 1 }])
    assert.deepEqual((await other.admit('a', two)).concurrency, { available: 0 })
    for (const limiter of [one, other]) assert.equal((await limiter.admit('a', two)).refusedBy, 'concurrency')
    first.release()
    assert.equal((await other.admit('a', two)).refusedBy, null)
    assert.equal((await one.admit('a', two)).refusedBy, 'concurrency')
  },
)

test(
  'what is refused for its rate holds no lease, and what is refused for its concurrency uses up no rate',
  options,
  async () => {
    const [one, other] = [await connect(), await connect()]
    const both = { ...none, rate: { requestsPerSecond: 0.1, burst: 2 }, concurrency: 1 }
    const first = await one.admit('a', both)
    for (let index = 0; index < 5; index++)
      assert.equal((await other.admit('a', both)).refusedBy, 'concurrency')
    first.release()
    const second = await one.admit('a', both)
    assert.equal(second.refusedBy, null)
    second.release()
    assert.equal((await one.admit('a', both)).refusedBy, 'rate')
    await sleep(20)
    assert.equal(await raw.zcard('tenantry:shop.example:limits:{a}:leases'), 0)
  },
)

test(
  'work that goes on keeps its lease; that of a gateway that was killed is over with it',
  options,
  async () => {
    const [killed, other] = [await connect(), await connect()]
    await killed.admit('a', two)
    await killed.admit('a', two)
    await sleep(2 * leaseMs)
    assert.equal((await other.admit('a', two)).refusedBy, 'concurrency')
    killed.close()
    assert.equal((await other.admit('a', two)).refusedBy, 'concurrency')
    await sleep(leaseMs + 100)
    assert.equal((await other.admit('a', two)).refusedBy, null)
  },
)

test(
  'while Redis is away each gateway holds to the limit by itself, says so once, and comes back',
  options,
  async () => {
    const [one, other] = [await connect(), await connect()]
    const slow = { ...none, rate: { requestsPerSecond: 0.1, burst: 3 }, concurrency: 10 }
    const running = await one.admit('a', { ...slow, rate: null })
    await server.stop()
    const passed = async (limiter: RedisLimiter) => {
      const verdicts = await Promise.all(Array.from({ length: 10 }, () => limiter.admit('a', slow)))
      return verdicts.filter(({ refusedBy }) => refusedBy === null).length
    }
    assert.deepEqual([await passed(one), await passed(other)], [3, 3])
    assert.deepEqual([await passed(one), await passed(other)], [0, 0])
    assert.equal(told.length, 2)
    for (const line of told) assert.match(line, /^away: /)
    assert.doesNotMatch(told.join(), new RegExp(server.password))
    server = await startRedis(server)
    for (let waitedMs = 0; told.length < 4; waitedMs += 20) {
      assert.ok(waitedMs < 5_000, told.join())
      await sleep(20)
    }
    assert.deepEqual(told.slice(2), ['back', 'back'])
    // What was let through meanwhile is known to all again: one before and three on each of two.
    await sleep(50)
    assert.deepEqual((await other.admit('a', { ...none, concurrency: 8 })).concurrency, { available: 0 })
    assert.equal((await one.admit('a', { ...none, concurrency: 8 })).refusedBy, 'concurrency')
    running.release()
    assert.equal((await one.admit('a', { ...none, concurrency: 8 })).refusedBy, null)
  },
)

test('a Redis that hangs holds up a request for a moment and the next ones not at all', options, async () => {
  const limiter = await connect()
  await limiter.admit('a', rated)
  await raw.call('CLIENT', 'PAUSE', '1500', 'ALL')
  const startedAtMs = performance.now()
  assert.equal((await limiter.admit('a', rated)).refusedBy, null)
  const firstMs = performance.now() - startedAtMs
  assert.ok(firstMs > 200 && firstMs < 600, String(firstMs))
  for (let index = 0; index < 5; index++) assert.equal((await limiter.admit('a', rated)).refusedBy, null)
  assert.ok(performance.now() - startedAtMs - firstMs < 100)
  for (let waitedMs = 0; !told.includes('back'); waitedMs += 20) {
    assert.ok(waitedMs < 5_000, told.join())
    await sleep(20)
  }
  assert.equal(told.length, 2)
})

test('a Redis that was never there is told of, and nobody waits for it', options, async () => {
  const limiter = await connect({ url: 'redis://127.0.0.1:1' })
  assert.equal(told.length, 1)
  assert.equal((await limiter.admit('a', two)).refusedBy, null)
  assert.equal((await limiter.admit('a', two)).refusedBy, null)
  assert.equal((await limiter.admit('a', two)).refusedBy, 'concurrency')
})

test(
  'a flood at one gateway is refused there, and two systems over one Redis do not count for each other',
  options,
  async () => {
    const [one, stranger] = [await connect(), await connect({ trustDomain: 'other.example' })]
    for (let index = 0; index < 20; index++) await one.admit('a', rated)
    await raw.config('RESETSTAT')
    for (let index = 0; index < 1_000; index++) await one.admit('a', rated)
    const stats = await raw.info('commandstats')
    const asked = Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
    assert.ok(asked < 50, `Redis was asked ${asked} times`)
    assert.equal((await stranger.admit('a', rated)).refusedBy, null)
  },
)

test('what is idle is not kept in Redis', options, async () => {
  const limiter = await connect()
  await raw.flushall()
  const verdict = await limiter.admit('a', { ...rated, concurrency: 3 })
  assert.equal(await raw.dbsize(), 2)
  verdict.release()
  await sleep(leaseMs + 200)
  assert.equal(await raw.dbsize(), 0)
})

test('a Redis user needs no more rights than the page on limits lists', options, async () => {
  const page = readFileSync(new URL('../../../../../docs/operating/limits.md', import.meta.url), 'utf8')
  const [, rights = '', keys = ''] = /`(\+eval [^`]+)` on `(~[^`]+)`/.exec(page) ?? []
  assert.ok(rights && keys)
  await raw.call('ACL', 'SETUSER', 'gateway', 'reset', 'on', '>secret', keys, ...rights.split(' '))
  const limiter = await connect({ url: `redis://gateway:secret@${server.host}:${server.port}` })
  const verdict = await limiter.admit('a', { ...rated, concurrency: 1 })
  await sleep(leaseMs)
  assert.equal(await raw.zcard('tenantry:shop.example:limits:{a}:leases'), 1)
  verdict.release()
  await sleep(20)
  assert.equal(await raw.zcard('tenantry:shop.example:limits:{a}:leases'), 0)
  assert.deepEqual(told, [])
  await raw.call('ACL', 'SETUSER', 'gateway', '-eval', '-evalsha')
  assert.equal((await limiter.admit('a', { ...rated, concurrency: 1 })).refusedBy, null)
  await sleep(1_200)
  assert.equal(told.length, 1, told.join())
  assert.match(told.join(), /^away: NOPERM/)
})
