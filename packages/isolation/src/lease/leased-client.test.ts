import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { requireScope, Scope } from '@tenantry/context'
import type { PoolClient } from 'pg'
import {
  asTenant,
  contextOf,
  createIsolatedDatabase,
  type IsolatedDatabase,
} from '../../test/isolated-database.ts'
import { LeasedPool, type Queryable, type TenantKeySource } from '../index.ts'

const things = {
  name: '001_things.sql',
  sql: 'create table things (id uuid primary key default gen_random_uuid(), name text not null)',
}
const text = 'select name from things'

describe('a connection that was given back', () => {
  let database: IsolatedDatabase
  before(async () => {
    database = await createIsolatedDatabase([things])
    for (const tenant of ['a', 'b']) {
      const pool = database.pool({ max: 1 })
      await asTenant(tenant, () => pool.query('insert into things (name) values ($1)', [`of ${tenant}`]))
    }
  })
  after(() => database.remove())

  const ways: Record<string, (pool: ReturnType<IsolatedDatabase['pool']>) => Promise<Queryable>> = {
    'the end of a transaction': async (pool) => {
      let kept: Queryable | undefined
      await pool.transaction(async (transaction) => {
        kept = transaction
      })
      assert.ok(kept)
      return kept
    },
    'release()': (pool) => released(pool.connect(), (client) => client.release()),
    'release(false)': (pool) => released(pool.connect(), (client) => client.release(false)),
  }

  async function released(connecting: Promise<PoolClient>, release: (client: PoolClient) => void) {
    const client = await connecting
    await client.query('begin')
    await client.query('commit')
    release(client)
    return client
  }

  for (const [way, giveBack] of Object.entries(ways)) {
    it(`by ${way} runs nothing more for the old scope, and never under the next tenant's lease`, async () => {
      const pool = database.pool({ max: 1 })
      const old = new Scope(contextOf('a'))
      const kept = await old.run(() => giveBack(pool))
      const next = asTenant('b', () => pool.query(text))
      // At each step of the next checkout the old scope tries to slip in a statement.
      for (let step = 0; step < 20; step++) {
        assert.throws(() => old.run(() => kept.query(text)), { code: 'LEASE_OTHER_SCOPE' })
        await Promise.resolve()
      }
      assert.deepEqual((await next).rows, [{ name: 'of b' }])
    })
  }

  it('while a statement waits for its key runs that statement for nobody, and lends its key to nobody', async () => {
    const { promise: asked, resolve: answer } = Promise.withResolvers<void>()
    let asksForA = 0
    const tenantKeys: TenantKeySource = {
      async tenantKey({ context }) {
        const { id } = context.tenant
        // From the second time on, that of the first tenant is late.
        if (id === 'a' && ++asksForA > 1) await asked
        // The first one is too short to be kept for the next statement.
        const lifetimeMs = id === 'a' && asksForA === 1 ? 8_000 : 60_000
        return database.tenantKey(id, { expiresAtMs: Date.now() + lifetimeMs })
      },
    }
    const pool = new LeasedPool({ ...database.credentials, max: 1, tenantKeys })
    const late = await asTenant('a', async () => {
      const client = await pool.connect()
      const waiting = client.query(text).then(
        () => 'it ran',
        () => 'refused',
      )
      client.release()
      return () => waiting
    })
    await asTenant('b', async () => {
      const client = await pool.connect()
      answer()
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual((await client.query(text)).rows, [{ name: 'of b' }])
      client.release()
    })
    assert.equal(await late(), 'refused')
    await pool.end()
  })

  it('calls back in the scope that asked, whichever scope the connection was opened in', async () => {
    const pool = database.pool({ max: 1 })
    await asTenant('a', () => pool.query(text))
    const tenant = await asTenant('b', async () => {
      const client = await pool.connect()
      const seen = await new Promise<string>((resolve) => {
        client.query(text, () => resolve(requireScope().context.tenant.id))
      })
      client.release()
      return seen
    })
    assert.equal(tenant, 'b')
  })

  it('by release(false) with a transaction open is ended, and the transaction with it', async () => {
    const pool = database.pool({ max: 1 })
    await asTenant('a', async () => {
      const client = await pool.connect()
      await client.query('begin')
      await client.query("insert into things (name) values ('unfinished')")
      client.release(false)
      assert.deepEqual((await pool.query(text)).rows, [{ name: 'of a' }])
    })
  })
})
