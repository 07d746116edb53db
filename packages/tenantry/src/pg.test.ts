import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { runInScope } from '@tenantry/context'
import { createNoteDatabase } from '../test/note-database.ts'
import { TestPlatform } from '../test/test-platform.ts'
import { Pool } from './pg.ts'
import { requireRuntime } from './runtime/require-runtime.ts'

const database = await createNoteDatabase()
const platform = await TestPlatform.start({ ...database.address, connections: 2 })
await database.install(platform.master)
platform.becomeDeployment()
const pools: Pool[] = []
after(async () => {
  await Promise.all(pools.map((pool) => pool.end()))
  platform.stop()
  await database.remove()
})

function createPool(config?: ConstructorParameters<typeof Pool>[0]): Pool {
  const pool = new Pool(config)
  pools.push(pool)
  return pool
}

async function connections(): Promise<number> {
  const { rows } = await database.admin.query(
    'select count(*)::int as count from pg_stat_activity where usename = $1',
    [database.address.user],
  )
  return rows[0].count
}

test('a pool holds as many connections as the platform gives, or fewer when it is told', () => {
  assert.equal(createPool().options.max, 2)
  assert.equal(createPool({ max: 50 }).options.max, 2)
  assert.equal(createPool({ max: 1 }).options.max, 1)
})

test('connections are opened when they are needed, never more than given, and closed when nobody asks', async () => {
  const pool = createPool({ idleTimeoutMillis: 100 })
  assert.equal(await connections(), 0)
  const asked = Array.from({ length: 20 }, (_, at) =>
    platform.scope(`tenant-${at % 5}`).run(() => pool.query('select pg_sleep(0.05)')),
  )
  const answered = Promise.all(asked).then(() => true)
  let most = 0
  while (!(await Promise.race([answered, sleep(10)]))) most = Math.max(most, await connections())
  assert.equal(most, 2)
  for (let waitedMs = 0; (await connections()) > 0; waitedMs += 20) {
    assert.ok(waitedMs < 3_000, 'idle connections are still there')
    await sleep(20)
  }
})

test('work that goes on gets another token before its own ends, and has leases until it is over', async () => {
  platform.keyLifetimeMs = 700
  platform.tokenLifetimeS = 60
  const pool = createPool()
  const { keeper } = requireRuntime()
  const nowS = Math.floor(Date.now() / 1000)
  const verify = (tenant: string) =>
    requireRuntime().verifier.verify(platform.token(tenant, { exp: nowS + 3 }))
  const brief = await verify('tenant-a')
  const kept = runInScope(brief, () => outlive(), { keeper })
  // The same without a keeper, for a tenant that has no other work: its token is over, and nothing is renewed.
  const lost = runInScope(await verify('tenant-b'), () => outlive())
  async function outlive() {
    await sleep(4_000)
    return (await pool.query('select 1 as one')).rows
  }
  await assert.rejects(lost, { code: 'LEASE_EXPIRED' })
  assert.deepEqual(await kept, [{ one: 1 }])
  assert.deepEqual(platform.replaced, [brief.requestId])
  platform.keyLifetimeMs = 60_000
})

test('a transaction that outlives its tenant’s keys is leased anew, and others begin meanwhile', async () => {
  platform.keyLifetimeMs = 700
  const pool = createPool()
  platform.keysAsked.length = 0
  await platform.scope('tenant-a').run(() =>
    pool.transaction(async (tx) => {
      for (let passed = 0; passed < 10; passed++) {
        await tx.query(`insert into notes (text) values ('a')`)
        await platform.scope('tenant-b').run(() => pool.query('select from notes'))
        await sleep(200)
      }
    }),
  )
  platform.keyLifetimeMs = 60_000
  assert.ok(platform.keysAsked.filter((tenant) => tenant === 'tenant-a').length > 2)
  const { rows } = await platform.scope('tenant-a').run(() => pool.query('select text from notes'))
  assert.equal(rows.length, 10)
})
