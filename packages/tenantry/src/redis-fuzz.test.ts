import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import { plantRedis, redisMissing } from '../test/redis-plant.ts'

const tenants = ['a', 'a-b', 'b', 'c']
const commandsOfEach = 2_000
const seed = Number(process.env.TENANTRY_TEST_SEED ?? Date.now() % 2 ** 31)

/** Keys that cut differently, name a cluster's slot, or look like another tenant's. */
const keys = ['k', 'a:k', 'b:k', '{x}', '}:k', '', 'tenantry:{4:note:1:b}:k', 'ключ']

/** Commands with `K` for a key, `V` for a value and `N` for a small number. */
const forms = [
  ...[
    'SET K V',
    'SET K V GET',
    'GET K',
    'GETDEL K',
    'APPEND K V',
    'INCRBY K N',
    'STRLEN K',
    'SETRANGE K N V',
  ],
  ...[
    'MSET K V K V',
    'MSETNX K V K V',
    'MGET K K K',
    'DEL K K',
    'UNLINK K',
    'EXISTS K K',
    'TYPE K',
    'TOUCH K K',
  ],
  ...['RENAME K K', 'RENAMENX K K', 'COPY K K REPLACE', 'PERSIST K', 'EXPIRE K 900', 'OBJECT REFCOUNT K'],
  ...[
    'RPUSH K V V',
    'LPUSH K V',
    'LRANGE K 0 -1',
    'LPOP K',
    'LMOVE K K LEFT RIGHT',
    'LMPOP 2 K K LEFT',
    'LLEN K',
  ],
  ...['BLPOP K K 0.001', 'BLMOVE K K LEFT LEFT 0.001', 'BLMPOP 0.001 2 K K RIGHT', 'BZPOPMAX K K 0.001'],
  ...[
    'HSET K f V',
    'HGETALL K',
    'HINCRBY K f N',
    'HDEL K f',
    'HSCAN K 0',
    'SADD K V V',
    'SCARD K',
    'SISMEMBER K V',
  ],
  ...['SUNIONSTORE K K K', 'SINTERCARD 2 K K', 'SMOVE K K V', 'ZADD K N V N V', 'ZRANGE K 0 -1 WITHSCORES'],
  ...['ZUNIONSTORE K 2 K K', 'ZMPOP 2 K K MIN COUNT N', 'ZINTER 2 K K WITHSCORES', 'ZRANGESTORE K K 0 -1'],
  ...[
    'XADD K N-1 f V',
    'XREAD COUNT N STREAMS K K 0 0',
    'XREAD BLOCK 1 STREAMS K 0',
    'XLEN K',
    'XRANGE K - +',
  ],
  ...[
    'XGROUP CREATE K g 0 MKSTREAM',
    'XREADGROUP GROUP g c COUNT N STREAMS K >',
    'XACK K g N-1',
    'XPENDING K g',
  ],
  ...['PFADD K V V', 'PFMERGE K K K', 'PFCOUNT K K', 'BITOP OR K K K', 'BITCOUNT K', 'GEOADD K N N V'],
  ...['GEOSEARCHSTORE K K FROMLONLAT N N BYRADIUS N km', 'GEORADIUS K N N N km STORE K', 'SCAN 0 COUNT 1000'],
]

/** The same numbers for the same seed. */
function createRandom(state: number): (below: number) => number {
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function createCommand(random: (below: number) => number): string[] {
  const form = forms[random(forms.length)] ?? ''
  return form.split(' ').map((word) => {
    if (word === 'K') return keys[random(keys.length)] ?? ''
    if (word === 'V') return `v${random(6)}`
    return word.replace(/^N(?=$|-)/, () => String(1 + random(9)))
  })
}

/** What the server answers, or how it refuses; a scan's order is its own. */
async function answer(client: Redis, [name = '', ...args]: string[]): Promise<unknown> {
  try {
    const answered = await client.call(name, ...args)
    return name === 'SCAN' ? (answered as [string, string[]])[1].sort() : answered
  } catch (error) {
    return (error as Error).message
  }
}

async function answerBatch(
  client: Redis,
  kind: 'pipeline' | 'multi',
  commands: string[][],
): Promise<unknown> {
  const batch = client[kind]()
  for (const [name = '', ...args] of commands) batch.call(name, ...args)
  const answered = await batch.exec()
  return answered?.map(([error, value]) => error?.message ?? (value instanceof Error ? value.message : value))
}

test(`each of ${tenants.length} tenants sees what a Redis of its own would show (seed ${seed})`, {
  skip: redisMissing,
}, async () => {
  const plant = await plantRedis()
  try {
    const redis = await plant.isolated()
    await Promise.all(
      tenants.map(async (tenant, at) => {
        // A database for each tenant is the model: the same server, without the others.
        const model = plant.connect({ db: at + 1 })
        const random = createRandom(seed + at)
        for (let count = 0; count < commandsOfEach; ) {
          const commands = Array.from({ length: random(4) === 0 ? 3 : 1 }, () => createCommand(random))
          const isBatch = commands.length > 1 && !commands.some(([name]) => name === 'SCAN')
          const kind = isBatch && random(2) === 0 ? 'multi' : 'pipeline'
          const waits = commands.some(
            (command) => /^B[LZ]/.test(command[0] ?? '') || command.includes('BLOCK'),
          )
          const run = async (client: Redis) =>
            isBatch && (kind === 'multi' || !waits)
              ? [await answerBatch(client, kind, commands)]
              : [await answer(client, commands[0] ?? [])]
          const [seen, expected] = await Promise.all([plant.as(tenant, () => run(redis)), run(model)])
          assert.deepEqual(seen, expected, JSON.stringify({ tenant, count, commands }))
          count += commands.length
        }
        const prefix = `tenantry:{4:note:${tenant.length}:${tenant}}:`
        const stored = (await plant.raw.keys('*')).filter((key) => key.startsWith(prefix))
        assert.deepEqual(stored.map((key) => key.slice(prefix.length)).sort(), (await model.keys('*')).sort())
      }),
    )
    const foreign = (await plant.raw.keys('*')).filter(
      (key) => !tenants.some((tenant) => key.startsWith(`tenantry:{4:note:${tenant.length}:${tenant}}:`)),
    )
    assert.deepEqual(foreign, [])
  } finally {
    await plant.stop()
  }
})
