import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { after, before, describe, it } from 'node:test'
import type { PoolClient } from 'pg'
import { to } from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import type { LeasedPool } from '../index.ts'

const things = {
  name: '001_things.sql',
  sql: 'create table things (id int primary key, name text not null)',
}

/** What the driver knows to be prepared. */
function statementsOf(client: PoolClient): string[] {
  const { connection } = client as unknown as { connection: { parsedStatements: Record<string, string> } }
  return Object.values(connection.parsedStatements)
}

describe('a drop-in for pg', () => {
  let database: IsolatedDatabase
  let pool: LeasedPool

  before(async () => {
    database = await createIsolatedDatabase([things])
    pool = database.pool({ max: 1 })
    for (const tenant of ['a', 'b']) {
      await asTenant(tenant, () =>
        pool.query(`insert into things select n, '${tenant}' || n from generate_series(1, 250) n`),
      )
    }
  })
  after(() => database.remove())

  const withClient = async <T>(tenant: string, work: (client: PoolClient) => Promise<T>) =>
    asTenant(tenant, async () => {
      const client = await pool.connect()
      try {
        return await work(client)
      } finally {
        client.release()
      }
    })

  it('reads through a cursor, piece by piece, each tenant its own rows', async () => {
    for (const tenant of ['a', 'b']) {
      await withClient(tenant, async (client) => {
        const cursor = client.query(new Cursor<{ name: string }>('select * from things where id > $1', [50]))
        const first = await cursor.read(60)
        const rest = await cursor.read(1_000)
        assert.equal(first.length + rest.length, 200)
        assert.ok([...first, ...rest].every(({ name }) => name.startsWith(tenant)))
        assert.deepEqual(Object.keys(first[0] ?? {}), ['id', 'name'])
        await cursor.close()
        assert.equal((await client.query('select count(*)::int as n from things')).rows[0].n, 250)
      })
    }
  })

  it('leaves a cursor half way, and goes on', async () => {
    await withClient('a', async (client) => {
      const cursor = client.query(new Cursor('select * from things'))
      await cursor.read(3)
      await cursor.close()
      assert.equal((await client.query('select 1 as one')).rows[0].one, 1)
    })
    await withClient('b', async (client) => {
      assert.match((await client.query('select name from things limit 1')).rows[0].name, /^b/)
    })
  })

  it('streams rows, in a transaction and without one', async () => {
    for (const begin of [true, false]) {
      await withClient('b', async (client) => {
        if (begin) await client.query('begin')
        const names: string[] = []
        const stream = client.query(new QueryStream('select name from things', [], { batchSize: 7 }))
        for await (const { name } of stream) names.push(name)
        if (begin) await client.query('commit')
        assert.equal(names.length, 250)
        assert.ok(names.every((name) => name.startsWith('b')))
      })
    }
  })

  it('copies out what the tenant has, in a transaction', async () => {
    const copied = await withClient('a', async (client) => {
      await client.query('begin')
      const copy = client.query(to('copy (select name from things order by id limit 2) to stdout'))
      const result = await text(copy)
      await client.query('commit')
      return result
    })
    assert.equal(copied, 'a1\na2\n')
  })

  it('refuses to copy outside a transaction, and to copy in, by name', async () => {
    await withClient('a', async (client) => {
      const outside = client.query(to('copy things to stdout'))
      await assert.rejects(
        pipeline(outside, async (chunks) => void (await text(chunks))),
        {
          code: 'COPY_OUTSIDE_TRANSACTION',
        },
      )
      await assert.rejects(client.query('copy things from stdin'), { code: 'COPY_FROM' })
      assert.equal((await client.query('select 1 as one')).rows[0].one, 1)
    })
  })

  it('prepares what comes again, and each tenant sees its own rows through it', async () => {
    const read = (tenant: string, id: number) =>
      asTenant(tenant, () => pool.query('select * from things where id = $1', [id]))
    for (const id of [1, 2, 3, 4, 5, 6, 7]) {
      for (const tenant of ['a', 'b']) {
        const { rows, fields } = await read(tenant, id)
        assert.deepEqual(rows, [{ id, name: `${tenant}${id}` }])
        assert.deepEqual(
          fields.map(({ name }) => name),
          ['id', 'name'],
        )
      }
    }
    const texts = await withClient('a', async (client) => statementsOf(client))
    assert.ok(texts.includes('select * from things where id = $1'))
  })

  it('plans what runs long for its values each time, and prepares it when it runs quickly', async () => {
    const text = 'select name from things, pg_sleep($1) where id = 1'
    const isPrepared = () => withClient('a', async (client) => statementsOf(client).includes(text))
    const read = (seconds: number) => asTenant('a', () => pool.query(text, [seconds]))
    for (const _ of [1, 2, 3]) assert.deepEqual((await read(0.02)).rows, [{ name: 'a1' }])
    assert.equal(await isPrepared(), false)
    for (const _ of [1, 2, 3]) assert.deepEqual((await read(0)).rows, [{ name: 'a1' }])
    assert.equal(await isPrepared(), true)
  })

  it('prepares anew what a migration changed under it, without an error', async () => {
    const read = () => asTenant('a', () => pool.query('select * from things where id = $1', [9]))
    for (const _ of [1, 2, 3]) assert.deepEqual((await read()).rows, [{ id: 9, name: 'a9' }])
    await database.admin.query('alter table shop.things add column price numeric')
    for (const _ of [1, 2, 3]) assert.deepEqual((await read()).rows, [{ id: 9, name: 'a9', price: null }])
    await database.admin.query('alter table shop.things drop column price')
    assert.deepEqual((await read()).rows, [{ id: 9, name: 'a9' }])
  })

  it('prepares anew what was deallocated', async () => {
    const read = () => pool.query('select name from things where id = $1', [9])
    await asTenant('a', async () => {
      for (const _ of [1, 2, 3]) await read()
      await pool.query('deallocate all')
      assert.deepEqual((await read()).rows, [{ name: 'a9' }])
      await pool.query('discard all')
      assert.deepEqual((await read()).rows, [{ name: 'a9' }])
    })
  })

  it('goes on in a transaction that another begins', async () => {
    await withClient('b', async (client) => {
      await client.query('begin')
      await client.query('select 1 from things where id = $1', [1])
      await client.query('commit and chain')
      assert.equal((await client.query('select name from things where id = $1', [1])).rows[0].name, 'b1')
      await client.query('rollback')
    })
  })

  it('keeps a bounded number of statements prepared', async () => {
    await asTenant('a', async () => {
      for (const n of Array.from({ length: 130 }, (_, index) => index)) {
        for (const _ of [1, 2, 3]) {
          assert.equal((await pool.query(`select ${n} + $1::int as sum`, [1])).rows[0].sum, n + 1)
        }
      }
    })
    const texts = await withClient('a', async (client) => statementsOf(client))
    assert.ok(texts.length > 90 && texts.length <= 101, `${texts.length} are prepared`)
  })

  it('answers statements that return no rows alike, the third time as the first', async () => {
    await asTenant('a', async () => {
      for (const _ of [1, 2, 3, 4]) {
        const { rowCount, rows, command } = await pool.query(
          'update things set name = name where id = $1',
          [3],
        )
        assert.deepEqual({ rowCount, rows, command }, { rowCount: 1, rows: [], command: 'UPDATE' })
      }
      await assert.rejects(pool.query('insert into things values ($1, $2)', [3, null]), { code: '23502' })
      for (const _ of [1, 2, 3]) {
        await assert.rejects(pool.query('insert into things values ($1, $2)', [3, 'x']), { code: '23505' })
      }
      assert.equal((await pool.query('delete from things where id = $1 returning *', [249])).rows.length, 1)
      assert.equal((await pool.query('delete from things where id = $1 returning *', [249])).rows.length, 0)
      assert.equal((await pool.query('delete from things where id = $1 returning *', [250])).rows.length, 1)
    })
  })
})
