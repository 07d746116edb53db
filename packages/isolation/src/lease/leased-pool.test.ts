import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import { restoreTenant, revokeTenant, signLease } from '../index.ts'

const migrations = [
  {
    name: '001_things.sql',
    sql: `create table things (
            id uuid primary key default gen_random_uuid(), name text not null, created_at timestamptz not null default now());
          create table parts (
            id uuid primary key default gen_random_uuid(), thing uuid not null references things on delete cascade);
          create table skus (sku text primary key, note text);
          create function fail() returns int language plpgsql as $$ begin return 1 / 0; end $$;
          create function fail_inside() returns int language plpgsql as $$ begin execute 'selec 1'; return 1; end $$;`,
  },
]

describe('the leased pool', () => {
  let database: IsolatedDatabase
  before(async () => {
    database = await createIsolatedDatabase(migrations)
    const pool = database.pool({ max: 1 })
    for (const tenant of ['a', 'b']) {
      await asTenant(tenant, () =>
        pool.query('insert into things (name) values ($1)', [`thing of ${tenant}`]),
      )
    }
  })
  after(() => database.remove())

  const names = (pool: pg.Pool) =>
    pool.query('select name from things').then(({ rows }) => rows.map(({ name }) => name))

  it('shows each tenant its own rows, on one and the same connection', async () => {
    const pool = database.pool({ max: 1 })
    assert.deepEqual(await asTenant('a', () => names(pool)), ['thing of a'])
    assert.deepEqual(await asTenant('b', () => names(pool)), ['thing of b'])
    assert.deepEqual(await asTenant('c', () => names(pool)), [])
  })

  it('refuses to query outside a scope, before anything is connected', async () => {
    const pool = database.pool()
    await assert.rejects(async () => pool.query('select 1'), { code: 'CONTEXT_MISSING' })
    await assert.rejects(async () => pool.connect(), { code: 'CONTEXT_MISSING' })
    assert.equal(pool.totalCount, 0)
  })

  it('gives `select *` and `returning *` as the single-tenant table would', async () => {
    const pool = database.pool()
    await asTenant('a', async () => {
      const { rows, fields } = await pool.query('select * from things')
      assert.deepEqual(Object.keys(rows[0]), ['id', 'name', 'created_at'])
      assert.deepEqual(
        fields.map(({ name }) => name),
        ['id', 'name', 'created_at'],
      )
      const array = await pool.query({
        text: 'insert into skus values ($1, $2) returning *',
        values: ['x', 'y'],
        rowMode: 'array',
      })
      assert.deepEqual(array.rows, [['x', 'y']])
    })
  })

  it('runs transactions, and rolls back what rejects', async () => {
    const pool = database.pool()
    await asTenant('t', async () => {
      await pool.transaction(async (transaction) => {
        await transaction.query('savepoint one')
        await transaction.query("insert into things (name) values ('lost')")
        await transaction.query('rollback to savepoint one')
        await transaction.query("insert into things (name) values ('kept')")
      })
      const failing = pool.transaction(async (transaction) => {
        await transaction.query("insert into things (name) values ('rolled back')")
        throw new Error('no')
      })
      await assert.rejects(failing, { message: 'no' })
      assert.deepEqual(await names(pool), ['kept'])
    })
  })

  it('lets `set transaction` be a transaction’s first statement', async () => {
    const pool = database.pool()
    await asTenant('a', () =>
      pool.transaction(async (transaction) => {
        await transaction.query('set transaction isolation level serializable')
        const { rows } = await transaction.query('select name, current_setting($1) as level from things', [
          'transaction_isolation',
        ])
        assert.deepEqual(rows, [{ name: 'thing of a', level: 'serializable' }])
      }),
    )
  })

  it('holds its lease after going back to a savepoint from before the first statement', async () => {
    await asTenant('a', () =>
      database.pool({ max: 1 }).transaction(async (transaction) => {
        await transaction.query('savepoint early')
        await transaction.query('select name from things')
        await transaction.query('rollback to savepoint early')
        const { rows } = await transaction.query('select name from things')
        assert.deepEqual(rows, [{ name: 'thing of a' }])
      }),
    )
  })

  it('keeps a named statement usable for every tenant, also after it failed to parse', async () => {
    const pool = database.pool({ max: 1 })
    const statement = { name: 'find', text: 'select name from things where name <> $1', values: [''] }
    for (const tenant of ['a', 'b', 'a', 'b']) {
      const { rows } = await asTenant(tenant, () => pool.query(statement))
      assert.deepEqual(rows, [{ name: `thing of ${tenant}` }])
    }
    const broken = { name: 'late', text: 'select name from late_table' }
    await assert.rejects(
      asTenant('a', () => pool.query(broken)),
      { code: '42P01' },
    )
    await assert.rejects(
      asTenant('a', () => pool.query(broken)),
      { code: '42P01' },
    )
  })

  it('goes on after `deallocate all` and `discard all`', async () => {
    const pool = database.pool({ max: 1 })
    for (const statement of ['deallocate all', 'discard all']) {
      await asTenant('a', async () => {
        await pool.query(statement).catch(() => undefined)
        await pool.query('select 1').catch(() => undefined)
        assert.deepEqual(await names(pool), ['thing of a'], statement)
      })
    }
  })

  it('refuses a connection in another scope than it was checked out in', async () => {
    const pool = database.pool()
    const client = await asTenant('a', () => pool.connect())
    assert.throws(() => asTenant('b', () => client.query('select 1')), { code: 'LEASE_OTHER_SCOPE' })
    assert.throws(() => asTenant('a', () => client.query('select 1')), { code: 'LEASE_OTHER_SCOPE' })
    assert.throws(() => client.query('select 1'), { code: 'CONTEXT_MISSING' })
    client.release()
  })

  it('ends a connection that is released with an open transaction', async () => {
    const pool = database.pool({ max: 1 })
    await asTenant('a', async () => {
      const client = await pool.connect()
      await client.query('begin')
      await client.query("insert into things (name) values ('unfinished')")
      client.release()
    })
    assert.deepEqual(await asTenant('a', () => names(pool)), ['thing of a'])
  })

  it('never runs a statement that nobody awaited for the next tenant on the connection', async () => {
    const pool = database.pool({ max: 1 })
    const stray = asTenant('stray', async () => {
      const client = await pool.connect()
      const unawaited = Array.from({ length: 5 }, () =>
        client.query("insert into things (name) values ('stray')"),
      )
      client.release()
      return Promise.allSettled(unawaited)
    })
    const next = asTenant('next', () => names(pool))
    assert.deepEqual(await next, [])
    await stray
    assert.deepEqual(await asTenant('next', () => names(pool)), [])
    const { rows } = await database.admin.query(
      "select distinct tenantry_tenant from shop.things where name = 'stray'",
    )
    assert.ok(rows.every((row) => row.tenantry_tenant === 'stray'))
  })

  it('lets nothing that one tenant left on a connection reach the next', async () => {
    const pool = database.pool({ max: 1 })
    await asTenant('a', async () => {
      const client = await pool.connect()
      await client.query('declare held cursor with hold for select name from things')
      await client.query(`prepare find as select 'of a' as name`)
      await client.query(`set search_path = pg_catalog`)
      await client.query(`set application_name = 'of a'`)
      await client.query('select pg_advisory_lock(7)')
      await client.query(`select set_config('tenantry.lease', 'planted', false)`)
      client.release()
    })
    await asTenant('b', async () => {
      await assert.rejects(pool.query('fetch all from held'), { code: '34000' })
      await assert.rejects(pool.query('execute find'), { code: '26000' })
      assert.deepEqual(await names(pool), ['thing of b'])
      const { rows } = await pool.query(
        `select current_setting('application_name') as name, (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`,
      )
      assert.deepEqual(rows, [{ name: '', locks: 0 }])
    })
  })

  it('tells no tenant what a sequence gave to the one before', async () => {
    const serial = await createIsolatedDatabase([
      { name: '001.sql', sql: 'create table orders (id serial primary key, note text)' },
    ])
    const pool = serial.pool({ max: 1 })
    const insert = () => pool.query('insert into orders (note) values ($1) returning id', ['x'])
    for (const _ of [1, 2, 3]) await asTenant('a', insert)
    await asTenant('b', () => assert.rejects(pool.query('select lastval()'), { code: '55000' }))
    await asTenant('a', insert)
    await asTenant('b', () =>
      pool.transaction(async (transaction) => {
        await transaction.query('select count(*) from orders where id = $1', [1])
        await assert.rejects(transaction.query(`select currval('orders_id_seq')`), { code: '55000' })
        await transaction.query('rollback')
      }),
    )
    await asTenant('b', async () => {
      const { rows } = await insert()
      assert.equal((await pool.query('select lastval()::int as last')).rows[0].last, rows[0].id)
    })
    await serial.remove()
  })

  it('gives a thousand interleaved scopes of ten tenants their own rows on two connections', async (test) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    test.diagnostic(`seed ${seed}`)
    const pool = database.pool({ max: 2 })
    let state = seed
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state % below
    }
    const mismatches: string[] = []
    const visit = async (tenant: string, how: number) => {
      const expected = (rows: { tenant: string }[]) => rows.every((row) => row.tenant === tenant)
      const text = 'select tenantry.tenant() as tenant'
      if (how === 0) {
        await new Promise<void>((resolve, reject) =>
          pool.query(text, (error, result) => {
            if (error) return reject(error)
            if (!expected(result.rows)) mismatches.push(tenant)
            // In the callback, too, the scope is the caller's own.
            pool.query(text).then(({ rows }) => {
              if (!expected(rows)) mismatches.push(tenant)
              resolve()
            }, reject)
          }),
        )
      } else if (how === 1) {
        const { rows } = await pool.query(text)
        if (!expected(rows)) mismatches.push(tenant)
      } else {
        await pool.transaction(async (transaction) => {
          await sleep(random(2))
          const { rows } = await transaction.query(text)
          if (!expected(rows)) mismatches.push(tenant)
        })
      }
    }
    await Promise.all(
      Array.from({ length: 1_000 }, () => {
        const tenant = `tenant-${random(10)}`
        return asTenant(tenant, () => visit(tenant, random(3)))
      }),
    )
    assert.deepEqual(mismatches, [])
  })

  it('refuses a suspended tenant at once, leases already out included', async () => {
    const pool = database.pool()
    await asTenant('b', async () => {
      const client = await pool.connect()
      await client.query('begin')
      await client.query('select name from things')
      await revokeTenant(database.admin, 'b')
      await assert.rejects(client.query('select name from things'), { code: 'TENANT_SUSPENDED', status: 403 })
      await client.query('rollback')
      client.release()
      await restoreTenant(database.admin, 'b')
      assert.deepEqual(await names(pool), ['thing of b'])
    })
  })

  it('strips from errors what could quote a lease', async () => {
    const pool = database.pool()
    await asTenant('a', async () => {
      const error = await pool.query('select fail() from things').catch((caught) => caught)
      assert.equal(error.code, '22012')
      assert.equal(error.where, undefined)
      const inside = await pool.query('select fail_inside() from things').catch((caught) => caught)
      assert.equal(inside.code, '42601')
      for (const member of ['where', 'internalQuery', 'internalPosition'])
        assert.equal(inside[member], undefined)
    })
  })
})

describe('the database, asked with the service’s own credentials and any SQL', () => {
  let database: IsolatedDatabase
  let client: pg.Client & { processID?: number }
  before(async () => {
    database = await createIsolatedDatabase(migrations)
    const pool = database.pool()
    for (const tenant of ['a', 'b']) {
      await asTenant(tenant, () => pool.query("insert into things (name) values ('x')"))
      await asTenant(tenant, () => pool.query("insert into skus values ('same', $1)", [tenant]))
    }
    client = new pg.Client(database.credentials)
    await client.connect()
  })
  after(async () => {
    await client.end()
    await database.remove()
  })

  async function use(lease: string): Promise<void> {
    await client.query(`select set_config('tenantry.lease', $1, false)`, [lease])
  }
  const leaseOf = (tenant: string, changes?: Parameters<IsolatedDatabase['tenantKey']>[1]) =>
    signLease(database.tenantKey(tenant, changes), client.processID ?? 0)
  const refuses = (text: string, code: string) => assert.rejects(client.query(text), { code }, text)

  it('without a lease every verb is an error, never an empty result', async () => {
    for (const text of [
      'select * from things',
      'select count(*) from things',
      "insert into things (name) values ('x')",
      "update things set name = 'x'",
      'delete from things',
      `insert into things (name, tenantry_tenant) values ('x', 'a')`,
    ]) {
      await refuses(text, 'TN001')
    }
  })

  it('a lease that is forged, altered, expired, or for another connection, role or database is an error', async () => {
    const valid = leaseOf('a')
    await use(valid)
    assert.equal((await client.query('select * from things')).rowCount, 1)
    const altered = [...Array(valid.length / 2).keys()].map((at) => {
      const bytes = Buffer.from(valid, 'hex')
      bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes.toString('hex')
    })
    const others = [
      signLease(database.tenantKey('a'), (client.processID ?? 0) + 1),
      leaseOf('a', { role: 'postgres' }),
      leaseOf('a', { databaseKey: Buffer.alloc(32, 7) }),
      leaseOf('a', { kid: 2 }),
      'a',
      'zz',
      `${valid}00`,
      valid.slice(0, -2),
    ]
    // Not a lease at all, and a key that there is none of, have PostgreSQL's own codes.
    const codes = new Set(['TN002', '22023', '42704'])
    for (const lease of [...altered, ...others]) {
      await use(lease)
      await assert.rejects(client.query('select * from things'), ({ code }: { code: string }) =>
        codes.has(code),
      )
    }
    await use(leaseOf('a', { expiresAtMs: Date.now() - 1 }))
    await refuses('select * from things', 'TN003')
  })

  it('a lease under a key that is not there, or that an empty one would be, is an error, for every `kid`', async () => {
    const expiry = Buffer.from(leaseOf('a'), 'hex').subarray(32, 40)
    const hash = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
    const backend = Buffer.alloc(4)
    backend.writeInt32BE(client.processID ?? 0)
    for (let guessed = 0; guessed < 256; guessed++) {
      const claims = Buffer.concat([expiry, Buffer.from([guessed]), Buffer.from('a')])
      for (const block of [Buffer.alloc(64), Buffer.alloc(0)]) {
        const key = hash(block, hash(block, claims, Buffer.from(`\0${database.role}`)))
        await use(Buffer.concat([hash(key, backend), claims]).toString('hex'))
        await assert.rejects(client.query('select * from things'))
      }
    }
  })

  it('a lease cannot be stretched, and ends inside a long transaction', async () => {
    await client.query('begin')
    await client.query(`select set_config('tenantry.lease', $1, true)`, [
      leaseOf('a', { expiresAtMs: Date.now() + 150 }),
    ])
    assert.equal((await client.query('select * from things')).rowCount, 1)
    await sleep(200)
    await refuses('select * from things', 'TN003')
    await client.query('rollback')
  })

  it('no column, clause or function of a tenant’s statement reaches another’s rows', async () => {
    await use(leaseOf('a'))
    for (const text of [
      'select * from things where true or tenantry_tenant is not null',
      "select * from things where tenantry_tenant = 'b' or 1 = 1",
      'select * from things union select * from things',
      'select * from shop.things',
    ]) {
      assert.equal((await client.query(text)).rowCount, 1, text)
    }
    assert.equal((await client.query("delete from things where tenantry_tenant = 'b'")).rowCount, 0)
    assert.equal((await client.query("update things set name = 'y' where tenantry_tenant = 'b'")).rowCount, 0)
    await refuses("update things set tenantry_tenant = 'b'", '42501')
    await refuses("insert into things (name, tenantry_tenant) values ('x', 'b')", '42501')
  })

  it('keys, revocations and other tables are out of reach, and nothing can be made or switched off', async () => {
    await use(leaseOf('a'))
    for (const text of [
      'select * from pg_largeobject',
      'select lo_get(1953391001)',
      'select lo_get(1953391001, 0, 1)',
      'delete from tenantry.revocations',
      'delete from tenantry.revocations',
      'create temp table keys (kid int)',
      'create table shop.x (id int)',
      'create schema x',
      'alter table things disable row level security',
      'drop policy tenantry_isolation on things',
      'truncate things',
      'set role tenantry_owner',
      'set role tenantry_service',
      'set session authorization postgres',
      'create function shop.f() returns int language sql as $$ select 1 $$',
      `copy things from program 'true'`,
      'alter function tenantry.tenant() immutable',
      'select lo_create(0)',
      "select lo_from_bytea(0, 'of a')",
      'select pg_terminate_backend(pg_backend_pid())',
      'select pg_cancel_backend(pg_backend_pid())',
      'select * from pg_authid',
      "select pg_read_file('postgresql.conf')",
      'lock table things in access exclusive mode nowait; select pg_read_file($$/etc/passwd$$)',
    ]) {
      await assert.rejects(
        client.query(text),
        /permission denied|must be owner|must be able to SET ROLE|not allowed/i,
        text,
      )
    }
    await client.query('set row_security = off')
    await refuses('select * from things', '42501')
    await client.query('set row_security = on')
  })

  it('a search path full of look-alikes does not change the check', async () => {
    await use(leaseOf('a'))
    await client.query('set search_path = shop, pg_temp, pg_catalog')
    assert.equal((await client.query('select * from things')).rowCount, 1)
    await use('00')
    await refuses('select * from things', 'TN002')
    await client.query('reset search_path')
  })

  it('a prepared statement is checked anew for each tenant, also under a generic plan', async () => {
    await client.query('set plan_cache_mode = force_generic_plan')
    await client.query('prepare find as select name, tenantry_tenant as tenant from things')
    for (const tenant of ['a', 'b', 'a']) {
      await use(leaseOf(tenant))
      const { rows } = await client.query('execute find')
      assert.deepEqual(
        rows.map((row) => row.tenant),
        [tenant],
      )
    }
    await use('')
    await refuses('execute find', 'TN001')
    await client.query('reset plan_cache_mode')
  })

  it('keys hold within a tenant: equal values do not meet, foreign rows cannot be referred to', async () => {
    const { rows } = await database.admin.query(`select id, tenantry_tenant as tenant from shop.things`)
    const foreign = rows.find(({ tenant }) => tenant === 'b').id
    await use(leaseOf('a'))
    await refuses(`insert into parts (thing) values ('${foreign}')`, '23503')
    const own = rows.find(({ tenant }) => tenant === 'a').id
    await client.query(`insert into parts (thing) values ('${own}')`)
    await refuses("insert into skus values ('same', 'again')", '23505')
    await client.query("insert into skus values ('other', '')")
    await use(leaseOf('b'))
    await client.query("insert into skus values ('other', '')")
  })
})
