import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Pool } from 'pg'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
} from '../../../../../tools/test-postgres.ts'
import { usageTotals } from '../../../test/usage-totals.ts'
import { type UsageQuery, UsageStore } from './usage-store.ts'

let database: TestDatabase
let pool: Pool
let store: UsageStore

before(async () => {
  const server = await startTestPostgres()
  database = await createTestDatabase(server)
  pool = new Pool({ ...server, database: database.name })
  store = new UsageStore(pool)
  await store.install()
  await store.install()
})
afterEach(() => pool.query('truncate usage'))
after(async () => {
  await pool.end()
  await database.drop()
})

const hourS = 3_600
const source = (epoch: string, deployment = 'order.pool') =>
  ({ kind: 'service', service: 'order', deployment, epoch }) as const
const row = (tenant: string, requests: number, others = {}, hour = hourS) => ({
  ...{ hourS: hour, tenant, tier: 'basic' },
  totals: usageTotals(requests, others),
})
const read = (query: Partial<UsageQuery> = {}) =>
  Array.fromAsync(store.read({ fromS: 0, toS: 1_000_000, by: 'hour', ...query }))
const requests = async (query: Partial<UsageQuery> = {}) =>
  (await read(query)).map((of) => [of.hourS, of.tenant, of.deployment, of.totals.requests])

test('a report that comes twice, or late, adds nothing, and no figure shrinks', async () => {
  const [first] = await store.store(source('one'), [row('tenant-a', 5, { bytesIn: 10, cpuMs: 0.25 })])
  assert.deepEqual(first?.totals, usageTotals(5, { bytesIn: 10, cpuMs: 0.25 }))
  const [again] = await store.store(source('one'), [row('tenant-a', 5, { bytesIn: 10, cpuMs: 0.25 })])
  assert.deepEqual(again?.totals, usageTotals(0))
  const [grown] = await store.store(source('one'), [row('tenant-a', 7, { bytesIn: 30, cpuMs: 0.25 })])
  assert.deepEqual(grown?.totals, usageTotals(2, { bytesIn: 20 }))
  const [late] = await store.store(source('one'), [row('tenant-a', 6, { bytesIn: 20 })])
  assert.deepEqual(late?.totals, usageTotals(0))
  assert.deepEqual((await read())[0]?.totals, usageTotals(7, { bytesIn: 30, cpuMs: 0.25 }))
})

test('every life of a process adds its own, and so does every deployment', async () => {
  await store.store(source('one'), [row('tenant-a', 5), row('tenant-b', 1)])
  await store.store(source('two'), [row('tenant-a', 3)])
  await store.store(source('three', 'order.0a0a0a0a'), [
    row('tenant-a', 2),
    row('tenant-a', 4, {}, 2 * hourS),
  ])
  assert.deepEqual(await requests(), [
    [hourS, 'tenant-a', 'order.0a0a0a0a', 2],
    [hourS, 'tenant-a', 'order.pool', 8],
    [hourS, 'tenant-b', 'order.pool', 1],
    [2 * hourS, 'tenant-a', 'order.0a0a0a0a', 4],
  ])
  assert.deepEqual(await requests({ by: 'total', tenant: 'tenant-a' }), [
    [null, 'tenant-a', 'order.0a0a0a0a', 6],
    [null, 'tenant-a', 'order.pool', 8],
  ])
  assert.deepEqual(await requests({ fromS: hourS, toS: 2 * hourS, tenant: 'tenant-b' }), [
    [hourS, 'tenant-b', 'order.pool', 1],
  ])
  assert.deepEqual(await requests({ service: 'product' }), [])
})

test('epochs of hours that are closed become one row with their sum, and hours are forgotten', async () => {
  for (const epoch of ['one', 'two', 'three'])
    await store.store(source(epoch), [row('tenant-a', 5, { cpuMs: 2 }), row('tenant-a', 1, {}, 2 * hourS)])
  await store.store(source('one'), [row('tenant-a', 9, {}, 0)])
  const { signal } = new AbortController()
  await store.tidy({ closedS: 1.5 * hourS, forgottenS: hourS }, signal)
  assert.deepEqual((await read())[0]?.totals, usageTotals(15, { cpuMs: 6 }))
  assert.deepEqual(await requests(), [
    [hourS, 'tenant-a', 'order.pool', 15],
    [2 * hourS, 'tenant-a', 'order.pool', 3],
  ])
  const { rows } = await pool.query('select hour_s, epoch from usage order by hour_s, epoch')
  assert.deepEqual(
    rows.map(({ hour_s, epoch }) => `${hour_s} ${epoch}`),
    ['3600 ', '7200 one', '7200 three', '7200 two'],
  )
  await store.tidy({ closedS: 1.5 * hourS, forgottenS: hourS }, signal)
  assert.equal((await requests())[0]?.[3], 15)
})

test('more rows than are read or changed at a time are all read, folded and forgotten', async () => {
  await pool.query(
    `insert into usage select 3600, 'tenant-' || n, 'order.pool', e, 'order', 'basic',
     ${Array.from({ length: 26 }, () => '1').join(', ')} from generate_series(1, 6000) n, unnest(array['x', 'y']) e`,
  )
  const sum = async (by: 'hour' | 'total') =>
    (await read({ by })).reduce((all, { totals }) => all + totals.requests, 0)
  assert.deepEqual([await sum('hour'), await sum('total'), (await read()).length], [12_000, 12_000, 6_000])
  await store.tidy({ closedS: 2 * hourS, forgottenS: 0 }, new AbortController().signal)
  assert.deepEqual([await sum('hour'), (await pool.query('select from usage')).rowCount], [12_000, 6_000])
  await store.tidy({ closedS: 0, forgottenS: 2 * hourS }, new AbortController().signal)
  assert.deepEqual(await read(), [])
})
