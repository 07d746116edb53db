import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { createNoteDatabase } from '../test/note-database.ts'
import { TestPlatform } from '../test/test-platform.ts'
import { Pool } from './pg.ts'

const database = await createNoteDatabase()
const platform = await TestPlatform.start({ ...database.address, connections: 4 })
await database.install(platform.master)
platform.becomeDeployment({ weights: { premium: 3 } })
const patient = new Pool({ connectionTimeoutMillis: 30_000 })
const hasty = new Pool({ connectionTimeoutMillis: 300 })
const held: PoolClient[] = []
afterEach(() => {
  for (const client of held.splice(0)) client.release()
})
after(async () => {
  await Promise.all([patient.end(), hasty.end()])
  platform.stop()
  await database.remove()
})

const scopeOf = (id: string, tier = 'basic') => platform.scope(id, { tenant: { id, tier } })
const ask = (pool: Pool, tenant: string) => scopeOf(tenant).run(() => pool.query('select from notes'))

/** Work of the tenant that keeps a connection from when it is its turn, in a scope of its own. */
async function keep(pool: Pool, tenant: string, tier?: string): Promise<void> {
  held.push(await scopeOf(tenant, tier).run(() => pool.connect()))
}

test('one tenant alone does not get the last connection, and whoever comes next has it at once', async () => {
  const loud = Array.from({ length: 20 }, () => keep(hasty, 'loud'))
  await Promise.all(loud.slice(0, 3))
  const others = Promise.allSettled(loud.slice(3))
  await ask(hasty, 'quiet')
  await ask(hasty, 'another')
  assert.equal(held.length, 3)
  for (const { status } of await others) assert.equal(status, 'rejected')
})

test('work that waited for too long is refused with 503, and its turn is not lost', async () => {
  await Promise.all(['a', 'b', 'c', 'd'].map((tenant) => keep(hasty, tenant)))
  await assert.rejects(ask(hasty, 'a'), { code: 'CONNECTIONS_BUSY', status: 503 })
  held.shift()?.release()
  await ask(hasty, 'a')
})

/** How many of the first eight turns each had, when two asked nine times each at once and a quiet one once. */
async function earlyTurns(
  tiers: Readonly<Record<'loud' | 'heavy', string>>,
): Promise<Record<string, number>> {
  await Promise.all(['a', 'b', 'c', 'd'].map((tenant) => keep(patient, tenant)))
  const turns: string[] = []
  const wait = (tenant: string, tier?: string) => keep(patient, tenant, tier).then(() => turns.push(tenant))
  const of = (tenant: 'loud' | 'heavy') => Array.from({ length: 9 }, () => wait(tenant, tiers[tenant]))
  const waiting = [...of('loud'), ...of('heavy'), wait('quiet')]
  await sleep(0)
  while (turns.length < waiting.length) {
    held.shift()?.release()
    await sleep(5)
  }
  for (const client of held.splice(0)) client.release()
  const early = turns.slice(0, 8)
  const count = (tenant: string) => early.filter((turn) => turn === tenant).length
  return { loud: count('loud'), heavy: count('heavy'), quiet: count('quiet') }
}

test('where no connection is free, tenants take turns by the weight of their tier', async () => {
  const { loud = 0, heavy = 0, quiet } = await earlyTurns({ loud: 'basic', heavy: 'premium' })
  assert.ok(heavy > 2 * loud, `${heavy} to ${loud}`)
  assert.equal(quiet, 1)
})

test('a weight that an operator sets for one tenant holds within 5 s in place of its tier’s, and until it is taken back', async () => {
  const basic = { loud: 'basic', heavy: 'basic' }
  platform.weights.set('heavy', 5)
  const setAtMs = performance.now()
  let turns = await earlyTurns(basic)
  while ((turns.heavy ?? 0) <= 2 * (turns.loud ?? 0)) {
    assert.ok(performance.now() - setAtMs < 5_000, JSON.stringify(turns))
    turns = await earlyTurns(basic)
  }
  platform.weights.clear()
  const clearedAtMs = performance.now()
  while ((turns.heavy ?? 0) > (turns.loud ?? 0) + 1) {
    assert.ok(performance.now() - clearedAtMs < 5_000, JSON.stringify(turns))
    turns = await earlyTurns(basic)
  }
})

test('a transaction that asks for another connection does not wait behind others for it', async () => {
  const nested = Array.from({ length: 3 }, () =>
    scopeOf('nested').run(() => patient.transaction(() => patient.query('select 1 as one'))),
  )
  for (const { rows } of await Promise.all(nested)) assert.deepEqual(rows, [{ one: 1 }])
})

test('many statements at once of one request are many of its tenant, also after a transaction of it', async () => {
  const scope = scopeOf('loud')
  await scope.run(() => hasty.transaction(() => hasty.query('select 1')))
  const asked = Array.from({ length: 12 }, () => scope.run(() => hasty.query('select pg_sleep(0.2)')))
  const all = Promise.allSettled(asked)
  await sleep(0)
  await ask(hasty, 'quiet')
  const ended = (await all).filter(({ status }) => status === 'fulfilled').length
  assert.ok(ended < 12, 'all of them had a turn within 300 ms')
})

test('a turn for which no connection can be had is given back', async () => {
  platform.suspended.add('stopped')
  for (let failed = 0; failed < 10; failed++)
    await assert.rejects(ask(hasty, 'stopped'), { code: 'TENANT_SUSPENDED' })
  await Promise.all(['a', 'b', 'c', 'd'].map((tenant) => keep(hasty, tenant)))
})
