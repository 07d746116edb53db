import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { type PgBouncer, startPgBouncer } from '../../../../tools/start-pgbouncer.ts'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import { type LeasedPool, signLease } from '../index.ts'

const things = { name: '001.sql', sql: 'create table things (id serial primary key, name text not null)' }
// Of the system, not of npm: a machine without it is told so, and a run under CI fails.
const missing = spawnSync('pgbouncer', ['--version']).error ? 'there is no pgbouncer on this machine' : false

describe('behind a transaction pooler', { skip: missing }, () => {
  let database: IsolatedDatabase
  let bouncer: PgBouncer
  let pool: LeasedPool

  before(async () => {
    database = await createIsolatedDatabase([things], [], { binding: 'role' })
    bouncer = await startPgBouncer(database.credentials, { connections: 2 })
    pool = database.pool({ port: bouncer.port, max: 8, pooler: true })
    for (const tenant of ['a', 'b']) {
      await asTenant(tenant, () =>
        pool.query('insert into things (name) values ($1)', [`thing of ${tenant}`]),
      )
    }
  })
  after(async () => {
    await database.remove()
    await bouncer.stop()
  })

  const names = async (run: Pick<LeasedPool, 'query'>) =>
    (await run.query<{ name: string }>('select * from things')).rows.map(({ name }) => name)

  it('gives hundreds of interleaved scopes their own rows over two connections', async (test) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    test.diagnostic(`seed ${seed}`)
    const work = Array.from({ length: 400 }, (_, index) => ((seed + index * 7_919) % 3 === 0 ? 'a' : 'b'))
    await Promise.all(
      work.map((tenant, index) =>
        asTenant(tenant, async () => {
          if (index % 3) return assert.deepEqual(await names(pool), [`thing of ${tenant}`])
          await pool.transaction(async (transaction) => {
            await transaction.query("set local statement_timeout = '7s'")
            assert.deepEqual(await names(transaction), [`thing of ${tenant}`])
            const { rows } = await transaction.query('show statement_timeout')
            assert.deepEqual(rows, [{ statement_timeout: '7s' }])
          })
        }),
      ),
    )
  })

  it('leaves no lease on a connection for whoever comes there next', async () => {
    await asTenant('a', () => names(pool))
    const stranger = new pg.Client({ ...database.credentials, port: bouncer.port })
    await stranger.connect()
    for (const _ of [1, 2, 3, 4])
      await assert.rejects(stranger.query('select * from things'), { code: 'TN001' })
    await stranger.end()
  })

  it('closes the cursors that another tenant held, before they can be read', async () => {
    for (const n of [1, 2, 3, 4]) {
      await asTenant('a', () => pool.query(`declare held${n} cursor with hold for select name from things`))
    }
    const fetched = await Promise.allSettled(
      [1, 2, 3, 4, 1, 2, 3, 4].map((n) => asTenant('b', () => pool.query(`fetch all from held${n}`))),
    )
    for (const { status } of fetched) assert.equal(status, 'rejected')
    assert.deepEqual(await asTenant('b', () => names(pool)), ['thing of b'])
  })

  it('takes away the settings that another client left on a connection, before each transaction', async () => {
    const stranger = new pg.Client({ ...database.credentials, port: bouncer.port })
    await stranger.connect()
    for (const _ of [1, 2, 3, 4, 5, 6])
      await stranger.query('set search_path = pg_catalog; set work_mem = 77')
    await stranger.end()
    for (const _ of [1, 2, 3, 4]) {
      await asTenant('b', async () => {
        assert.deepEqual(await names(pool), ['thing of b'])
        await pool.transaction(async (transaction) => {
          const { rows } = await transaction.query("select current_setting('work_mem') as mem")
          assert.notEqual(rows[0].mem, '77kB')
        })
      })
    }
  })

  it('has a lease that holds on any connection of its role, which the other binding has not', async () => {
    const direct = new pg.Client(database.credentials)
    await direct.connect()
    await direct.query("select set_config('tenantry.lease', $1, false)", [
      signLease(database.tenantKey('a'), 0),
    ])
    assert.deepEqual(await names(direct as unknown as LeasedPool), ['thing of a'])
    await direct.end()
    const bound = await createIsolatedDatabase([things])
    await asTenant('a', () =>
      assert.rejects(bound.pool({ pooler: true }).query('select * from things'), { code: 'LEASE_INVALID' }),
    )
    await bound.remove()
  })
})
