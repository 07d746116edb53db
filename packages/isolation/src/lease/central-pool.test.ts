import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CentralScope, runAndClose, TenantryError } from '@tenantry/context'
import pg from 'pg'
import {
  asCentral,
  asTenant,
  createIsolatedDatabase,
  type IsolatedDatabase,
} from '../../test/isolated-database.ts'
import { keepCentralRoles, type LeasedPool } from '../index.ts'
import type { CentralAccess } from './central-access.ts'

const migrations = [
  {
    name: '001_orders.sql',
    sql: `
      create table orders (id uuid primary key default gen_random_uuid(), sku text not null, amount int not null);
      create table skus (sku text primary key, note text);
      create view amounts as select sku, amount from orders;
      create table steps (id serial primary key, name text);
      create function add_step() returns int language plpgsql as
        $$ declare made int; begin insert into steps (name) values ('x') returning id into made; return made; end $$;`,
  },
]
const box = { name: 'box', sql: 'create table box (id uuid primary key, text text)' }
const systemTables = [{ ...box, serviceGrants: ['select', 'insert'], relayGrants: [] }] as const

describe('central work, in the pool that tenants’ work uses', () => {
  let database: IsolatedDatabase
  let access: CentralAccess
  let pool: LeasedPool
  before(async () => {
    database = await createIsolatedDatabase(migrations, systemTables)
    access = await database.grantCentral()
    pool = database.pool({ central: access, max: 3 })
    for (const [tenant, amount] of [
      ['a', 1],
      ['b', 20],
      ['b', 300],
    ] as const) {
      await asTenant(tenant, async () => {
        await pool.query(`insert into orders (sku, amount) values ('x', $1)`, [amount])
        await pool.query(`insert into skus values ('x', $1) on conflict (sku) do nothing`, [tenant])
        await pool.query('insert into box values (gen_random_uuid())')
      })
    }
  })
  after(() => database.remove())

  const rowsOf = async (text: string, values?: unknown[]) =>
    (await asCentral(() => pool.query(text, values))).rows

  it('reads every tenant’s rows, through tables and views', async () => {
    assert.deepEqual(await rowsOf('select sum(amount)::int as sum from orders'), [{ sum: 321 }])
    assert.deepEqual(await rowsOf('select count(*)::int as n from amounts'), [{ n: 3 }])
    assert.deepEqual(await rowsOf('select amount from orders where amount > $1 order by 1', [10]), [
      { amount: 20 },
      { amount: 300 },
    ])
  })

  it('shows the tenant to a statement that names it, and to no other', async () => {
    assert.deepEqual(
      await rowsOf(
        'select tenantry_tenant, sum(amount)::int as sum from orders group by tenantry_tenant order by 1',
      ),
      [
        { tenantry_tenant: 'a', sum: 1 },
        { tenantry_tenant: 'b', sum: 320 },
      ],
    )
    assert.deepEqual(Object.keys((await rowsOf('select * from skus'))[0]), ['sku', 'note'])
    assert.deepEqual(await rowsOf('select note, TENANTRY_TENANT as whose from skus order by 1'), [
      { note: 'a', whose: 'a' },
      { note: 'b', whose: 'b' },
    ])
  })

  it('groups by what the statement says, over all tenants', async () => {
    assert.deepEqual(await rowsOf('select sku, count(*)::int as n from skus group by sku'), [
      { sku: 'x', n: 2 },
    ])
  })

  it('keeps each scope to itself: a tenant’s inside central work, central work inside a tenant’s', async () => {
    const count = async () => (await pool.query('select count(*)::int as n from orders')).rows[0].n
    const seen = await asCentral(async () => [await count(), await asTenant('a', count), await count()])
    assert.deepEqual(seen, [3, 1, 3])
    assert.deepEqual(
      await asTenant('b', async () => [await count(), await asCentral(count), await count()]),
      [2, 3, 2],
    )
    await assert.rejects(count(), { code: 'CONTEXT_MISSING' })
  })

  it('answers through connections and transactions too, a few at once', async () => {
    const total = await asCentral(() =>
      pool.transaction(async (transaction) => {
        const [first, second] = [await transaction.query('select 1 from orders'), await pool.connect()]
        try {
          return [first.rowCount, (await second.query('select 1 from skus')).rowCount]
        } finally {
          second.release()
        }
      }),
    )
    assert.deepEqual(total, [3, 2])
    const answers = await asCentral(() =>
      Promise.all(Array.from({ length: 9 }, () => pool.query('select pg_backend_pid() as pid'))),
    )
    assert.ok(new Set(answers.map(({ rows }) => rows[0].pid)).size <= access.connections)
  })

  it('refuses a connection of tenants to central work, and one of central work to tenants', async () => {
    const ofTenant = await asTenant('a', () => pool.connect())
    const ofCentral = await asCentral(() => pool.connect())
    const code = 'LEASE_OTHER_SCOPE'
    await assert.rejects(
      asCentral(async () => ofTenant.query('select 1')),
      { code },
    )
    await assert.rejects(
      asTenant('a', async () => ofCentral.query('select 1')),
      { code },
    )
    ofTenant.release()
    ofCentral.release()
  })

  it('writes nothing: not plainly, in a common table expression, by a function, or past the read-only default', async () => {
    const writes = [
      `insert into orders (sku, amount) values ('y', 1)`,
      `insert into orders (sku, amount, tenantry_tenant) values ('y', 1, 'a')`,
      'update orders set amount = 0',
      'delete from orders',
      'with gone as (delete from orders returning id) select count(*) from gone',
      'select 1 from orders for update',
      'select add_step()',
      `select nextval('steps_id_seq')`,
      `select setval('steps_id_seq', 9)`,
      'truncate orders',
      'create table mine (id int)',
      'create temp table mine (id int)',
    ]
    for (const begin of ['begin', 'begin read write']) {
      for (const text of writes) {
        await asCentral(async () => {
          const client = await pool.connect()
          try {
            await client.query(begin)
            await assert.rejects(
              client.query(text),
              ({ code }: { code: string }) => ['42501', '25006'].includes(code),
              `${begin}; ${text}`,
            )
            await client.query('rollback')
          } finally {
            client.release()
          }
        })
      }
    }
    assert.deepEqual(await rowsOf('select count(*)::int as n from orders'), [{ n: 3 }])
    assert.deepEqual(await rowsOf('show transaction_read_only'), [{ transaction_read_only: 'on' }])
  })

  it('reaches none of the platform’s tables, and no other work’s rows through them', async () => {
    for (const text of [
      'select * from box',
      'select * from tenantry.revocations',
      'select tenantry.tenant()',
    ]) {
      await assert.rejects(rowsOf(text), { code: '42501' }, text)
    }
  })

  it('takes nothing from one central work to the next: settings, held cursors, what was prepared', async () => {
    const single = database.pool({ central: { ...access, connections: 1 } })
    const pid = async () => (await single.query('select pg_backend_pid() as pid')).rows[0].pid
    const first = await asCentral(async () => {
      const client = await single.connect()
      await client.query(`set search_path = pg_catalog`)
      await client.query('begin')
      await client.query('declare held cursor with hold for select sku from shop.orders')
      await client.query('commit')
      await client.query('prepare mine as select 1')
      client.release()
      return pid()
    }, 'first')
    await asCentral(async () => {
      assert.equal(await pid(), first)
      await assert.rejects(single.query('fetch 1 from held'), { code: '34000' })
      await assert.rejects(single.query('execute mine'), { code: '26000' })
      assert.equal((await single.query('select 1 from orders')).rowCount, 3)
    }, 'second')
  })

  it('does nothing without the role, or without a key, and says so', async () => {
    await assert.rejects(
      asCentral(() => database.pool().query('select 1')),
      { code: 'CENTRAL_UNAVAILABLE', status: 503 },
    )
    const over = new TenantryError('CONTEXT_CLOSED', 'over', { help: 'none' })
    const keys = {
      centralKey: (scope: CentralScope) => (scope.open ? database.centralKey() : Promise.reject(over)),
    }
    const closing = database.pool({ central: { ...access, keys } })
    const scope = new CentralScope({ reason: 'r', requestId: 't', expiresAtMs: Date.now() + 60_000 })
    let late = async (): Promise<unknown> => undefined
    await runAndClose(scope, async () => {
      assert.equal((await closing.query('select 1 from orders')).rowCount, 3)
      late = () => scope.run(() => closing.query('select 1 from orders'))
    })
    await assert.rejects(late(), { code: 'CONTEXT_CLOSED' })
  })

  it('names what the check refuses, and tells nothing of the lease', async () => {
    const with_ = (changes: Parameters<IsolatedDatabase['centralKey']>[0]) =>
      database.pool({ central: { ...access, keys: { centralKey: () => database.centralKey(changes) } } })
    const read = (changes: Parameters<IsolatedDatabase['centralKey']>[0]) =>
      asCentral(() => with_(changes).query('select 1 from orders'))
    for (const [changes, code] of [
      [{ expiresAtMs: Date.now() - 1 }, 'LEASE_EXPIRED'],
      [{ databaseKey: Buffer.alloc(32, 7) }, 'LEASE_INVALID'],
      [{ kid: 2 }, 'LEASE_INVALID'],
      [{ tenant: 'a' }, 'LEASE_INVALID'],
      [{ role: database.role }, 'LEASE_INVALID'],
    ] as const) {
      await assert.rejects(
        read(changes),
        (error: Error & { code: string }) =>
          error.code === code && !/[0-9a-f]{32}/.test(`${error.message} ${JSON.stringify(error)}`),
        code,
      )
    }
  })

  it('works behind a transaction pooler too, by the weaker binding of the database alone', async () => {
    const pooled = await createIsolatedDatabase(migrations, [], { binding: 'role' })
    const central = await pooled.grantCentral()
    const bound = pooled.pool({ central })
    const unbound = pooled.pool({ central, pooler: true })
    await asTenant('a', () => unbound.query(`insert into skus values ('y')`))
    for (const _ of [1, 2, 3]) {
      const { rows } = await asCentral(() => unbound.query('select sku, tenantry_tenant as whose from skus'))
      assert.deepEqual(rows, [{ sku: 'y', whose: 'a' }])
    }
    await assert.rejects(
      asCentral(() => bound.query('select * from skus')),
      { code: 'LEASE_INVALID' },
    )
    await assert.rejects(
      asCentral(() => database.pool({ central: access, pooler: true }).query('select * from skus')),
      { code: 'LEASE_INVALID' },
    )
    await pooled.remove()
  })

  it('is over for connections that are open as well when the role is taken away', async () => {
    const own = await database.grantCentral()
    const client = new pg.Client({ ...database.credentials, user: own.user, password: own.password })
    await client.connect()
    await keepCentralRoles(database.admin, [own.user])
    const open = database.pool({ central: own })
    assert.equal((await asCentral(() => open.query('select 1 from orders'))).rowCount, 3)
    await keepCentralRoles(database.admin, [])
    await assert.rejects(client.query('select * from shop.orders'), { code: '42501' })
    await assert.rejects(asCentral(() => open.query('select 1 from orders')))
    await client.end()
    const again = new pg.Client({ ...database.credentials, user: own.user, password: own.password })
    await assert.rejects(again.connect(), { code: '28P01' })
    await database.grantCentral()
    assert.equal(
      (await asCentral(() => database.pool({ central: own }).query('select 1 from orders'))).rowCount,
      3,
    )
  })
})
