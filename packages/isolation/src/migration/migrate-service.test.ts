import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import { grantServiceRole, migrateService, type SystemTable } from '../index.ts'

const first = {
  name: '001.sql',
  sql: `create table people (id uuid primary key default gen_random_uuid(), name text not null);
        create table counters (id serial primary key, label text unique);
        create table prices (sku text, valid_from date, price numeric, primary key (sku, valid_from));
        create table offers (sku text, since date,
          foreign key (sku, since) references prices on update cascade deferrable initially deferred);`,
}

describe('migrations', () => {
  let database: IsolatedDatabase
  before(async () => {
    const outbox = {
      name: 'mail',
      sql: 'create table mail (id bigint generated always as identity primary key)',
    }
    database = await createIsolatedDatabase(
      [first],
      [{ ...outbox, serviceGrants: ['insert'], relayGrants: ['select'] }],
    )
  })
  after(() => database.remove())

  const migrate = (...later: { name: string; sql: string }[]) =>
    migrateService(database.admin, { service: 'shop', migrations: [first, ...later] })
  const exists = async (name: string) =>
    (await database.admin.query('select to_regclass($1) is not null as found', [`shop.${name}`])).rows[0]
      .found
  const constraints = async (table: string) => {
    const { rows } = await database.admin.query<{ definition: string }>(
      'select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass order by 1',
      [`shop.${table}`],
    )
    return rows.map(({ definition }) => definition).filter((definition) => !definition.startsWith('NOT NULL'))
  }

  it('protect every table that they leave behind', async () => {
    const { rows } = await database.admin.query(
      `select relname as name, relrowsecurity and relforcerowsecurity as forced from pg_class
       where relnamespace = 'shop'::regnamespace and relkind = 'r' order by 1`,
    )
    assert.deepEqual(
      rows,
      ['counters', 'mail', 'offers', 'people', 'prices'].map((name) => ({ name, forced: true })),
    )
  })

  it('change a table of the platform where it is already, and where it is made', async () => {
    const box = {
      name: 'box',
      sql: 'create table box (id bigint generated always as identity primary key)',
      serviceGrants: ['insert'],
      relayGrants: ['select'],
    } as const
    const change = 'alter table box add column note text'
    const migrateTables = (...systemTables: SystemTable[]) =>
      migrateService(database.admin, { service: 'shop', migrations: [first], systemTables })
    const state = async (table: string) => {
      const { rows } = await database.admin.query(
        `select relrowsecurity and relforcerowsecurity as forced, has_table_privilege('tenantry_relay', oid, 'select') as read,
           (select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0) as columns
         from pg_class c where oid = $1::regclass`,
        [`shop.${table}`],
      )
      return rows[0]
    }
    await migrateTables(box)
    await database.admin.query(`insert into shop.box (tenantry_tenant) values ('tenant-a')`)
    await migrateTables({ ...box, changes: [change] })
    await migrateTables({ ...box, changes: [change] })
    assert.deepEqual(await state('box'), { forced: true, read: true, columns: 'id tenantry_tenant note' })
    assert.equal((await database.admin.query('select from shop.box')).rowCount, 1)
    const crate = { ...box, name: 'crate', sql: box.sql.replace('box', 'crate') }
    await migrateTables({ ...crate, changes: [change.replace('box', 'crate')] })
    assert.deepEqual(await state('crate'), { forced: true, read: true, columns: 'id tenantry_tenant note' })
    await assert.rejects(migrateTables({ ...box, changes: [`${change} not null`] }), {
      code: 'MIGRATION_CHANGED',
    })
    await database.admin.query('drop table shop.box, shop.crate')
  })

  it('put the tenant in front of keys that can be guessed, and beside those that cannot', async () => {
    assert.deepEqual(await constraints('people'), ['PRIMARY KEY (id)', 'UNIQUE (tenantry_tenant, id)'])
    assert.deepEqual(await constraints('counters'), [
      'PRIMARY KEY (tenantry_tenant, id)',
      'UNIQUE (tenantry_tenant, label)',
    ])
    assert.deepEqual(await constraints('prices'), ['PRIMARY KEY (tenantry_tenant, sku, valid_from)'])
  })

  it('that come later are protected with what is there: tables, foreign keys, indexes', async () => {
    await migrate({
      name: '002.sql',
      sql: `create table orders (id uuid primary key default gen_random_uuid(),
              person uuid references people on delete set null, note text);
            create unique index on people (lower(name)) where name <> '';
            create index by_name on people (name desc);
            create index by_words on people using gin (to_tsvector('simple', name));`,
    })
    assert.deepEqual(await constraints('orders'), [
      'FOREIGN KEY (tenantry_tenant, person) REFERENCES shop.people(tenantry_tenant, id) ON DELETE SET NULL (person)',
      'PRIMARY KEY (id)',
      'UNIQUE (tenantry_tenant, id)',
    ])
    assert.deepEqual(await constraints('offers'), [
      'FOREIGN KEY (tenantry_tenant, sku, since) REFERENCES shop.prices(tenantry_tenant, sku, valid_from) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED',
    ])
    const { rows } = await database.admin.query(
      `select indexdef from pg_indexes where tablename = 'people' and indexdef like '%lower%'`,
    )
    assert.match(rows[0].indexdef, /\(tenantry_tenant, lower\(name\)\) WHERE/)
    const plain = await database.admin.query(
      `select indexdef from pg_indexes where indexname in ('by_name', 'by_words') order by indexname`,
    )
    assert.match(plain.rows[0].indexdef, /USING btree \(tenantry_tenant, name DESC\)/)
    assert.match(plain.rows[1].indexdef, /USING gin \(to_tsvector/)
  })

  it('leave the service’s plain SQL working: keys, defaults, deletes that empty a reference', async () => {
    const pool = database.pool()
    for (const tenant of ['a', 'b']) {
      await asTenant(tenant, async () => {
        const { rows } = await pool.query("insert into people (name) values ('Ada') returning *")
        assert.deepEqual(Object.keys(rows[0]), ['id', 'name'])
        await pool.query('insert into orders (person) values ($1)', [rows[0].id])
        await pool.query('delete from people')
        assert.deepEqual((await pool.query('select person from orders')).rows, [{ person: null }])
        await pool.query("insert into counters (label) values ('same')")
        await assert.rejects(pool.query("insert into counters (label) values ('same')"), { code: '23505' })
      })
    }
  })

  it('give the service four verbs on its tables, and of a system table what it declares', async () => {
    const pool = database.pool()
    await asTenant('a', async () => {
      await pool.query('insert into mail default values')
      await assert.rejects(pool.query('select * from mail'), { code: '42501' })
      await assert.rejects(pool.query('delete from mail'), { code: '42501' })
      await assert.rejects(pool.query('truncate orders'), { code: '42501' })
    })
    const { rows } = await database.admin.query(
      `select has_table_privilege('tenantry_relay', 'shop.mail', 'select') as mail,
         has_table_privilege('tenantry_relay', 'shop.mail', 'insert, update, delete, truncate') as more,
         has_table_privilege('tenantry_relay', 'shop.orders', 'select, insert, update, delete') as orders`,
    )
    assert.deepEqual(rows, [{ mail: true, more: false, orders: false }])
  })

  it('are applied once; one that was changed afterwards is refused', async () => {
    await migrate()
    const changed = { ...first, sql: `${first.sql} select 1;` }
    await assert.rejects(migrateService(database.admin, { service: 'shop', migrations: [changed] }), {
      code: 'MIGRATION_CHANGED',
      message: '`shop/001.sql` was changed after it was applied',
    })
  })

  it('that fail keep nothing', async () => {
    const failing = migrate({ name: '003.sql', sql: 'create table kept (id int);\n-- fails\nselect 1 / 0' })
    await assert.rejects(failing, {
      code: 'MIGRATION_FAILED',
      message: /^`shop\/003.sql:3`: division by zero$/,
    })
    assert.equal(await exists('kept'), false)
  })

  it('run as the owner of the tables on a connection that is nobody else: they reach nothing locked', async () => {
    const locked = "execute 'select * from ' || 'tenan' || 'try.revocations'"
    for (const sql of [
      `do $$ begin ${locked}; end $$`,
      `do $$ begin reset role; ${locked}; end $$`,
      'do $$ begin reset role; perform data from pg_largeobject; end $$',
      `do $$ begin set local role none; execute 'create table shop.' || 'mine (id int)'; end $$`,
      'do $$ begin set session authorization postgres; end $$',
      'do $$ begin create role x; end $$',
      "do $$ begin execute 'insert into tenan' || 'try.service_roles values (''x'', ''shop'')'; end $$",
      "do $$ begin execute 'insert into tenan' || 'try.shared_tables values (''shop'', ''people'')'; end $$",
      "do $$ begin execute 'alter table tenan' || 'try.revocations disable row level security'; end $$",
    ]) {
      const denied = { code: 'MIGRATION_FAILED', message: /permission denied|must be/ }
      await assert.rejects(migrate({ name: '003.sql', sql }), denied, sql)
    }
    const { rows } = await database.admin.query(
      "select rolname from pg_roles where rolname = current_database() || '_migrator'",
    )
    assert.deepEqual(rows, [])
  })

  it('cannot end their own transaction', async () => {
    for (const sql of ['commit; create table loose (id int)', 'savepoint s', 'begin', 'rollback']) {
      await assert.rejects(migrate({ name: '003.sql', sql }), { code: 'MIGRATION_TRANSACTION' }, sql)
    }
    const inside = "do $$ begin commit; execute 'create table loose (id int)'; end $$"
    await assert.rejects(migrate({ name: '003.sql', sql: inside }), { code: 'MIGRATION_FAILED' })
    assert.equal(await exists('loose'), false)
  })

  it('never grant a table that is not protected, however it came to be there', async () => {
    await database.admin.query(`create table shop.bare (id int);
      create table shop.unforced (id int, tenantry_tenant text);
      alter table shop.unforced enable row level security;
      create policy tenantry_isolation on shop.unforced using (true)`)
    await grantServiceRole(database.admin, { role: database.role, password: 'x', service: 'shop' })
    const { rows } = await database.admin.query(
      `select has_table_privilege($1, 'shop.bare', 'select, insert, update, delete') as bare,
         has_table_privilege($1, 'shop.unforced', 'select, insert, update, delete') as unforced,
         has_table_privilege($1, 'shop.orders', 'select') as orders`,
      [database.role],
    )
    assert.deepEqual(rows, [{ bare: false, unforced: false, orders: true }])
    await database.admin.query('drop table shop.bare, shop.unforced')
  })

  it('refuse by name what cannot be protected, with the mend', async () => {
    const forms: [string, RegExp][] = [
      ['create materialized view totals as select 1 as one', /materialized view/],
      ['create table heirs () inherits (people)', /`inherits`/],
      ['create temp table t (id int)', /temporary table/],
      ['create unlogged table t (id int)', /unlogged table/],
      ['create function f() returns int language sql security definer as $$ select 1 $$', /security definer/],
      ['create policy open on people using (true)', /`create policy`/],
      ['create rule r as on delete to people do instead nothing', /`create rule`/],
      ['create index concurrently i on people (name)', /`concurrently`/],
      ['set role postgres', /`set role`/],
      ['set row_security = on', /`set row_security`/],
      ["select set_config('search_path', 'x', false)", /`set_config`/],
      [
        'create function h() returns int language sql set row_security = off as $$ select 1 $$',
        /`set row_security` of a function/,
      ],
      [
        "create function h() returns int language sql set tenantry.lease = '00' as $$ select 1 $$",
        /`set tenantry.lease` of a function/,
      ],
      ['alter table people owner to postgres', /`owner to`/],
      ['alter table people drop column tenantry_tenant', /`tenantry_tenant`/],
      ['update people set tenantry_tenant = null', /`tenantry_tenant`/],
      ['select * from tenantry.keys', /schema `tenantry`/],
      ['create table stock.things (id int)', /schema `stock`/],
      ['create extension postgres_fdw', /extension `postgres_fdw`/],
      ['copy people from stdin', /`copy`/],
      ['vacuum people', /`vacuum`/],
      ['create schema x', /`create schema`/],
      ['create role x', /`create role`/],
      [
        'create function g(x text) returns void language sql as $$ insert into counters (label) values (x) on conflict (label) do nothing $$',
        /`on conflict \(column\)` inside a function/,
      ],
    ]
    for (const [sql, message] of forms) {
      const refused = migrate({ name: '003.sql', sql: `select 1;\n${sql}` })
      await assert.rejects(refused, (error: { code: string; message: string; help: string }) => {
        assert.equal(error.code, 'MIGRATION_REFUSED', `${sql}: ${error.message}`)
        assert.match(error.message, message)
        assert.match(error.message, /^`shop\/003.sql:2`/)
        assert.ok(error.help.length > 5)
        return true
      })
    }
    const column = migrate({ name: '003.sql', sql: 'select 1;\n  selec 2' })
    await assert.rejects(column, { code: 'MIGRATION_SYNTAX', message: /^`shop\/003.sql:2:3`: syntax error/ })
  })

  it('refuse nothing in part: what comes before the refused statement did not run', async () => {
    const first = { name: '003.sql', sql: 'create table early (id int)' }
    await assert.rejects(migrate(first, { name: '004.sql', sql: 'create role x' }), {
      code: 'MIGRATION_REFUSED',
    })
    assert.equal(await exists('early'), false)
  })

  it('refuse what the database shows cannot be protected', async () => {
    const forms: [string, RegExp][] = [
      ['create table spans (during int4range, exclude using gist (during with &&))', /operator class/],
      [
        'create table children (person uuid references people on update set null)',
        /foreign key `children_person_fkey`/,
      ],
      [
        "do $$ begin execute 'create materialized view totals as select 1 as one'; end $$",
        /materialized view `totals`/,
      ],
      ["do $$ begin execute 'create unlogged table quick (id int)'; end $$", /unlogged table `quick`/],
      [
        "do $$ begin execute 'create function f() returns int language sql security definer as ''select 1'''; end $$",
        /security definer function `f`/,
      ],
      ["do $$ begin execute 'create rule r as on delete to people do instead nothing'; end $$", /rule `r`/],
      ["do $$ begin execute 'create table heirs () inherits (people)'; end $$", /inherited table `heirs`/],
    ]
    for (const [sql, message] of forms) {
      await assert.rejects(migrate({ name: '003.sql', sql }), { code: 'PROTECT_UNSUPPORTED', message }, sql)
    }
  })
})
