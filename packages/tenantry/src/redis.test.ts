import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { plantRedis, type RedisPlant, redisMissing } from '../test/redis-plant.ts'
import { isolateRedis } from './redis.ts'

describe('isolateRedis', { skip: redisMissing }, () => {
  let plant: RedisPlant
  let redis: Redis
  const as = <T>(tenant: string, work: () => T): T => plant.as(tenant, work)
  const refused = { name: 'TenantryError', code: 'REDIS_REFUSED' }

  before(async () => {
    plant = await plantRedis()
    redis = await plant.isolated()
  })
  after(() => plant.stop())
  beforeEach(() => plant.raw.flushall())

  it('keeps a value to the tenant and the service that set it', async () => {
    await as('a', () => redis.set('greeting', 'hello', 'EX', 60))
    assert.equal(await as('a', () => redis.get('greeting')), 'hello')
    assert.equal(await as('b', () => redis.get('greeting')), null)
    assert.deepEqual(await plant.raw.keys('*'), ['tenantry:{4:note:1:a}:greeting'])
    assert.equal(await as('b', () => redis.del('greeting')), 0)
    assert.equal(await as('a', () => redis.exists('greeting')), 1)
  })

  it('keeps `a-b` with `c` apart from `a` with `b:c`, however keys are cut', async () => {
    const pairs = [
      ['a', 'b:c'],
      ['a-b', 'c'],
      ['a', '}:c'],
      ['a', ''],
      ['a', 'tenantry:{4:note:1:b}:c'],
      ['b', 'c'],
    ] as const
    for (const [tenant, key] of pairs) await as(tenant, () => redis.set(key, `${tenant} ${key}`))
    for (const [tenant, key] of pairs) {
      assert.equal(await as(tenant, () => redis.get(key)), `${tenant} ${key}`)
      assert.deepEqual(
        await as(tenant, () => redis.getBuffer(Buffer.from(key))),
        Buffer.from(`${tenant} ${key}`),
      )
    }
    assert.equal(await plant.raw.dbsize(), pairs.length)
  })

  it('rejects outside a scope before anything reaches the network', async () => {
    const missing = { name: 'TenantryError', code: 'CONTEXT_MISSING' }
    await assert.rejects(redis.set('k', 'v'), missing)
    await assert.rejects(redis.call('SET', 'k', 'v'), missing)
    await assert.rejects(redis.ping(), missing)
    await assert.rejects(redis.blpop('k', 0), missing)
    assert.throws(() => redis.pipeline().set('k', 'v'), missing)
    assert.throws(() => redis.multi(), missing)
    assert.throws(() => redis.duplicate(), missing)
    assert.equal(await plant.raw.dbsize(), 0)
  })

  it('rejects when the token of the work is over', async () => {
    const scope = plant.platform.scope('a', { expiresAtMs: Date.now() - 1 })
    await assert.rejects(
      scope.run(() => redis.get('k')),
      { code: 'CONTEXT_EXPIRED', status: 503 },
    )
    scope.close()
    await assert.rejects(
      scope.run(() => redis.get('k')),
      { code: 'CONTEXT_CLOSED' },
    )
  })

  it('answers a callback as the driver does', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown[]>()
    as('a', () => redis.set('k', 'v', (...answer) => resolve(answer)))
    assert.deepEqual(await promise, [null, 'OK'])
  })

  it('finds the keys of every form: many, counted, behind a word, in a subcommand, in any case', async () => {
    await as('a', async () => {
      await redis.mset({ k1: '1', k2: '2' })
      assert.deepEqual(await redis.mget(['k1', 'k2']), ['1', '2'])
      await redis.zadd('z1', 1, 'm')
      await redis.zunionstore('z2', 2, ['z1', 'none'])
      assert.deepEqual(await redis.zrange('z2', '0', '-1'), ['m'])
      await redis.xadd('stream', '1-1', 'f', 'v')
      await redis.xgroup('CREATE', 'stream', 'STREAMS', '0')
      await redis.geoadd('geo', 1, 1, 'm')
      await redis.georadius('geo', 1, 1, 1, 'km', 'STORE', 'near')
      await redis.call('CoPy', 'k1', 'k3')
      assert.equal(await redis.object('ENCODING', 'k3'), 'int')
    })
    assert.deepEqual(
      (await plant.raw.keys('*')).filter((key) => !key.startsWith('tenantry:{4:note:1:a}:')),
      [],
    )
    assert.equal(await plant.raw.dbsize(), 8)
  })

  it('gives keys back as they were given, over both protocols', async () => {
    for (const protocol of [2, 3]) {
      await plant.raw.flushall()
      const redis = await plant.isolated({}, { protocol })
      await as('a', async () => {
        await redis.rpush('list', '1', '2', '3', '4')
        await redis.zadd('zset', 1, 'm', 2, 'n')
        await redis.xadd('stream', '1-1', 'f', 'v')
        await redis.xgroup('CREATE', 'stream', 'g', '0')
        assert.deepEqual(await redis.blpop('list', 0), ['list', '1'])
        assert.deepEqual(await redis.brpopBuffer('list', 0), [Buffer.from('list'), Buffer.from('4')])
        assert.deepEqual(await redis.lmpop(2, 'none', 'list', 'LEFT'), ['list', ['2']])
        assert.deepEqual(await redis.zmpop(1, 'zset', 'MIN'), ['zset', [['m', '1']]])
        assert.deepEqual(await redis.bzpopmin('zset', 0), ['zset', 'n', '2'])
        const entries = [['stream', [['1-1', ['f', 'v']]]]]
        assert.deepEqual(await redis.xread('STREAMS', 'stream', '0'), entries)
        assert.deepEqual(await redis.xreadgroup('GROUP', 'g', 'c', 'STREAMS', 'stream', '>'), entries)
        const transaction = await redis
          .multi()
          .lmpop(1, 'list', 'LEFT')
          .xread('STREAMS', 'stream', '0')
          .exec()
        assert.deepEqual(transaction, [
          [null, ['list', ['3']]],
          [null, entries],
        ])
      })
    }
  })

  it('speaks in errors of the keys that were given', async () => {
    await as('a', async () => {
      const read = redis.xreadgroup('GROUP', 'g', 'c', 'STREAMS', 'none', '>')
      await assert.rejects(read, /^ReplyError: NOGROUP No such key 'none'/)
    })
  })

  it('scans the keys of one tenant, whatever pattern it is asked for', async () => {
    for (const tenant of ['a', 'b']) {
      await as(tenant, () => redis.mset({ one: '1', two: '2', 'th*': '3' }))
    }
    const scan = (...options: string[]) => as('a', () => redis.call('SCAN', '0', 'COUNT', '1000', ...options))
    const sorted = async (answer: Promise<unknown>) => ((await answer) as [string, string[]])[1].sort()
    assert.deepEqual(await sorted(scan()), ['one', 'th*', 'two'])
    assert.deepEqual(await sorted(scan('MATCH', 't*')), ['th*', 'two'])
    assert.deepEqual(await sorted(scan('match', 'th\\*', 'TYPE', 'string')), ['th*'])
    assert.deepEqual(await sorted(scan('MATCH', '*', 'MATCH', 'tenantry:*')), [])
    const streamed = await as('a', async () => (await redis.scanStream({ match: 'o*' }).toArray()).flat())
    assert.deepEqual(streamed, ['one'])
  })

  it('refuses by name what reaches past the keys of one tenant', async () => {
    const commands = [
      'KEYS *',
      'FLUSHALL',
      'FLUSHDB',
      'SELECT 1',
      'SWAPDB 0 1',
      'RANDOMKEY',
      'DBSIZE',
      'CONFIG GET *',
      'MONITOR',
      'DEBUG OBJECT k',
      'SCRIPT LOAD x',
      'FUNCTION LIST',
      'EVAL x 1 k',
      'EVALSHA x 1 k',
      'FCALL f 1 k',
      'PUBLISH c m',
      'SUBSCRIBE c',
      'PSUBSCRIBE c',
      'SSUBSCRIBE c',
      'SPUBLISH c m',
      'CLIENT LIST',
      'CLIENT TRACKING ON',
      'CLUSTER GETKEYSINSLOT 0 10',
      'MIGRATE h 1 k 0 1',
      'SORT k BY other:*',
      'SORT_RO k GET other:*',
      'RESTORE k 0 x',
      'MEMORY STATS',
      'OBJECT HELP',
      'XGROUP',
      'ACL LIST',
      'HELLO 3',
      'AUTH x',
      'RESET',
      'QUIT',
      'COMMAND',
      'WAIT 0 0',
      'SHUTDOWN',
      'no-such-command',
    ]
    for (const command of commands) {
      const [name = '', ...args] = command.split(' ')
      for (const spelled of [name, name.toLowerCase()]) {
        await assert.rejects(
          as('a', () => redis.call(spelled, ...args)),
          (error: Error) => {
            assert.ok(error.message.startsWith(`\`${name.toLowerCase()}`), error.message)
            return 'code' in error && error.code === 'REDIS_REFUSED'
          },
          command,
        )
        assert.throws(() => as('a', () => redis.pipeline().call(spelled, ...args)), refused, command)
      }
    }
    await assert.rejects(
      as('a', () => redis.subscribe('channel')),
      refused,
    )
    await assert.rejects(async () => as('a', () => redis.monitor()), { code: 'REDIS_UNSUPPORTED' })
    assert.equal(await as('a', () => redis.ping()), 'PONG')
  })

  it('refuses keys that Redis and its own specification could take from different places', async () => {
    const commands = [
      ['GEORADIUS', 'g', '1', '1', '1', 'km', 'STORE', 'x', 'store', 'y'],
      ['XREAD', 'STREAMS', 'streams', '0'],
      ['XREADGROUP', 'COUNT', '1', 'GROUP', 'STREAMS', 'c', 'STREAMS', 'k', '>'],
      ['ZUNION', 'x', 'k'],
      ['ZUNION', '-1', 'k'],
      ['LMPOP', '0', 'LEFT'],
    ]
    for (const [name = '', ...args] of commands) {
      await assert.rejects(
        as('a', () => redis.call(name, ...args)),
        refused,
        name,
      )
      await assert.rejects(
        as('a', () => redis.call(name, ...args.map((arg) => Buffer.from(arg)))),
        refused,
        name,
      )
    }
  })

  it('runs a pipeline that is filled in its own scope, and no other tenant fills it', async () => {
    const pipeline = as('a', () => redis.pipeline().set('k', 'a').get('k'))
    assert.throws(() => as('b', () => pipeline.get('k')), { code: 'REDIS_OTHER_SCOPE' })
    assert.deepEqual(await pipeline.exec(), [
      [null, 'OK'],
      [null, 'a'],
    ])
    const listed = await as('b', () =>
      redis
        .pipeline([
          ['get', 'k'],
          ['set', 'k', 'b'],
        ])
        .exec(),
    )
    assert.deepEqual(listed, [
      [null, null],
      [null, 'OK'],
    ])
    assert.throws(() => as('a', () => redis.pipeline([['get', 'k'], ['flushall']])), refused)
    assert.throws(() => as('a', () => redis.pipeline().blpop('k', 0)), refused)
    assert.throws(() => as('a', () => redis.pipeline().watch('k')), refused)
    assert.throws(() => as('a', () => redis.pipeline().unwatch()), refused)
  })

  it('keeps transactions of many tenants apart on one connection', async () => {
    const tenants = Array.from({ length: 40 }, (_, at) => `tenant-${at % 4}`)
    await Promise.all(
      tenants.map((tenant) =>
        as(tenant, async () => {
          const answer = await redis.multi().incr('n').set('who', tenant).get('who').exec()
          assert.equal(answer?.[2]?.[1], tenant)
        }),
      ),
    )
    for (const tenant of new Set(tenants)) assert.equal(await as(tenant, () => redis.get('n')), '10')
  })

  it('leaves no transaction open on a connection that others share', async () => {
    for (const attempt of [
      () => redis.multi({ pipeline: false }),
      () => redis.call('MULTI'),
      () => redis.watch('k'),
      () => redis.exec(),
      () => redis.discard(),
    ]) {
      await assert.rejects(async () => as('a', attempt), refused)
    }
    const open = await as('a', () => redis.pipeline().call('MULTI').set('k', 'a').exec())
    assert.deepEqual(
      open?.map(([error]) => error && 'code' in error && error.code),
      ['REDIS_REFUSED', 'REDIS_REFUSED'],
    )
    assert.equal(await as('b', () => redis.set('k', 'b')), 'OK')
    assert.equal(await as('a', () => redis.get('k')), null)
  })

  it('gives a duplicate to one tenant, with transactions of its own', async () => {
    const own = as('a', () => redis.duplicate())
    try {
      await as('a', async () => {
        await own.watch('k')
        await redis.set('k', 'changed')
        assert.equal(await own.multi().set('k', 'mine').exec(), null)
        await own.multi({ pipeline: false })
        await own.set('k', 'mine')
        assert.deepEqual(await own.exec(), [[null, 'OK']])
      })
      await assert.rejects(
        as('b', () => own.get('k')),
        { code: 'REDIS_OTHER_SCOPE' },
      )
      await assert.rejects(
        as('a', () => own.subscribe('c')),
        refused,
      )
      assert.throws(() => as('b', () => own.duplicate().get('k')), { code: 'REDIS_OTHER_SCOPE' })
    } finally {
      own.disconnect()
    }
    assert.deepEqual(await plant.raw.keys('*'), ['tenantry:{4:note:1:a}:k'])
  })

  it('lets commands that wait hold up nobody, up to a number', async () => {
    const few = await plant.isolated({ blockingConnectionsMax: 2 })
    const waiting = ['a', 'b'].map((tenant) => as(tenant, () => few.blpop('jobs', 5)))
    await sleep(50)
    await assert.rejects(
      as('c', () => few.blpop('jobs', 5)),
      { code: 'REDIS_BUSY', status: 503 },
    )
    for (const tenant of ['b', 'a']) assert.equal(await as(tenant, () => few.rpush('jobs', tenant)), 1)
    assert.deepEqual(await Promise.all(waiting), [
      ['jobs', 'a'],
      ['jobs', 'b'],
    ])
    const reader = as('c', () => few.xread('BLOCK', 5_000, 'STREAMS', 'stream', '$'))
    await sleep(50)
    await as('a', () => few.xadd('stream', '1-1', 'of', 'a'))
    await as('c', () => few.xadd('stream', '1-1', 'of', 'c'))
    assert.deepEqual(await reader, [['stream', [['1-1', ['of', 'c']]]]])
    await few.quit()
  })

  it('runs scripts with declared keys where they are allowed, and no other', async () => {
    const trusting = await plant.isolated({ scripts: true })
    trusting.defineCommand('setBoth', {
      numberOfKeys: 2,
      lua: `redis.call('mset', KEYS[1], 1, KEYS[2], 2) return KEYS[1]`,
    })
    const run = trusting as Redis & { setBoth(...keys: string[]): Promise<string> }
    await as('a', async () => {
      for (let time = 0; time < 2; time++) await run.setBoth('x', 'y')
      await plant.raw.script('FLUSH')
      await run.setBoth('x', 'y')
      assert.equal(await trusting.eval(`return redis.call('get', KEYS[1])`, 1, 'y'), '2')
      await assert.rejects(trusting.eval('return 1', 0), refused)
    })
    assert.deepEqual((await plant.raw.keys('*')).sort(), [
      'tenantry:{4:note:1:a}:x',
      'tenantry:{4:note:1:a}:y',
    ])
  })

  it('refuses clients with which keys cannot be kept apart', async () => {
    for (const options of [{ keyPrefix: 'x' }, { enableAutoPipelining: true }, { replyMapping: 'resp3' }]) {
      const client = plant.connect(options)
      await assert.rejects(isolateRedis(client), { code: 'REDIS_UNSUPPORTED' })
    }
    await assert.rejects(isolateRedis({} as Redis), { code: 'REDIS_UNSUPPORTED' })
    assert.throws(() => as('a', () => redis.duplicate({ keyPrefix: 'x' })), { code: 'REDIS_UNSUPPORTED' })
  })
})
