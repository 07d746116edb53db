import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import type { LeasedPool } from './leased-pool.ts'

let database: IsolatedDatabase
let pool: LeasedPool
const asked: string[] = []
const told: { tenant: string; ms: number; rows: number }[] = []

before(async () => {
  const sql = 'create table notes (id uuid primary key default gen_random_uuid(), text text not null)'
  database = await createIsolatedDatabase([{ name: '001_notes', sql }])
  const observer = {
    asked: ({ id }: { id: string }) => void asked.push(id),
    answered: ({ id }: { id: string }, ms: number, rows: number) => void told.push({ tenant: id, ms, rows }),
  }
  pool = database.pool({ max: 1, observer })
})
afterEach(() => {
  told.length = 0
})
after(() => database.remove())

const counted = () => told.map(({ tenant, rows }) => [tenant, rows])

test('every statement is told once, under the tenant of its scope, with its rows', async () => {
  await asTenant('tenant-a', () => pool.query(`insert into notes (text) values ('a'), ('b')`))
  for (let again = 0; again < 3; again++) await asTenant('tenant-b', () => pool.query('select * from notes'))
  await asTenant('tenant-a', () => pool.query('select text from notes'))
  assert.deepEqual(counted(), [['tenant-a', 2], ...[0, 1, 2].map(() => ['tenant-b', 0]), ['tenant-a', 2]])
  assert.deepEqual(asked, ['tenant-a', 'tenant-b', 'tenant-b', 'tenant-b', 'tenant-a'])
})

test('a transaction is its statements, with `begin` and `commit`, and a failed one has no rows', async () => {
  await assert.rejects(
    asTenant('tenant-a', () =>
      pool.transaction(async (transaction) => {
        await transaction.query('select text from notes')
        await transaction.query('select 1 / 0')
      }),
    ),
  )
  assert.deepEqual(counted(), [
    ['tenant-a', 0],
    ['tenant-a', 2],
    ['tenant-a', 0],
    ['tenant-a', 0],
  ])
})

test('the time is that of the answer, and what was never sent is not told', async () => {
  await asTenant('tenant-a', () => pool.query('select pg_sleep(0.05)'))
  assert.ok((told[0]?.ms ?? 0) >= 45, `${told[0]?.ms} ms`)
  told.length = 0
  await assert.rejects(pool.query('select 1'), { code: 'CONTEXT_MISSING' })
  assert.deepEqual(told, [])
})
