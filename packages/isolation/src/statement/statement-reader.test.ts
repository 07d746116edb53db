import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import { StatementReader } from './statement-reader.ts'

const migrations = [
  {
    name: '001.sql',
    sql: `create table product (sku text primary key, name text not null);
      create table item (id serial primary key, sku text references product (sku), quantity int not null default 1);
      create table "Odd Name" ("Select" uuid primary key, a text, unique (a));`,
  },
  { name: '002.sql', sql: 'alter table product add column price numeric' },
]

describe('reading statements', () => {
  let database: IsolatedDatabase
  let reader: StatementReader

  before(async () => {
    database = await createIsolatedDatabase(migrations)
    reader = new StatementReader()
    await database.admin.query('set search_path = shop')
    await reader.refresh((text) => database.admin.query(text))
  })
  after(() => database.remove())

  const becomes = (text: string, ...texts: string[]) => assert.deepEqual(reader.read(text).texts, texts)
  const stays = (text: string) => becomes(text, text)

  it('infers conflicts with the tenant, and leaves constraints that are named', () => {
    becomes(
      'insert into product (sku, name) values ($1, $2) on conflict (sku) do update set name = excluded.name',
      'insert into product (sku, name) values ($1, $2) on conflict (tenantry_tenant, sku) do update set name = excluded.name',
    )
    stays('insert into product (sku, name) values ($1, $2) on conflict on constraint product_pkey do nothing')
    stays('insert into product (sku, name) values ($1, $2) on conflict do nothing')
    becomes(
      "with p as (insert into product (sku, name) values ('é', '(') on conflict (sku) do nothing returning sku) select sku from p",
      "with p as (insert into product (sku, name) values ('é', '(') on conflict (tenantry_tenant, sku) do nothing returning sku) select sku from p",
    )
  })

  it('groups by a key with the tenant, and by nothing else', () => {
    becomes(
      'select p.*, count(*) from product p join item i on i.sku = p.sku group by p.sku',
      'select p.*, count(*) from product p join item i on i.sku = p.sku group by p.tenantry_tenant, p.sku',
    )
    becomes(
      'select id, quantity from item group by 1',
      'select id, quantity from item group by item.tenantry_tenant, 1',
    )
    stays('select name, count(*) from product group by name')
    stays('with product as (select 1 as sku) select sku from product group by sku')
    stays('select "Select", a from "Odd Name" group by "Select"')
  })

  it('makes stars inside a statement the visible columns', () => {
    becomes(
      'select count(*) from (select * from product) x',
      'select count(*) from (select product.sku, product.name, product.price from product) x',
    )
    becomes(
      'select p.name from product p union all select x.name from (select p . * from product p, item) x',
      'select p.name from product p union all select x.name from (select p.sku, p.name, p.price from product p, item) x',
    )
    stays('select * from product')
    becomes(
      'with gone as (delete from item returning *) select quantity from gone',
      'with gone as (delete from item returning item.id, item.sku, item.quantity) select quantity from gone',
    )
  })

  it('makes json of a row of the visible columns', () => {
    becomes(
      'select json_agg(p order by sku) from product p',
      'select json_agg(case when p.tenantry_tenant is not null then (select tenantry_row from (select p.sku, p.name, p.price) tenantry_row) end order by sku) from product p',
    )
    stays('select json_agg(name) from product p')
  })

  it('names the columns of an insert that leaves them out, when their order is not the declared one', () => {
    becomes("insert into product values ('a', 'b')", "insert into product (sku, name) values ('a', 'b')")
    becomes(
      "insert into shop.product as p select 'a', 'b', 1",
      "insert into shop.product as p (sku, name, price) select 'a', 'b', 1",
    )
    stays("insert into item values (1, 'a')")
    stays('insert into product default values')
  })

  it('parts what are several statements, and leaves what is none', () => {
    becomes("select ';'; select 2;", "select ';'", 'select 2')
    stays('selec 1; x')
    stays('select $1; ')
  })

  it('knows which statements leave nothing on a connection, from their second sight on', () => {
    const leavesNothing = (text: string) => {
      reader.read(text)
      return reader.read(text).leavesNothing
    }
    for (const text of [
      'select * from product where sku = $1 order by lower(name)',
      'update product set price = round($1, 2), name = coalesce($2, name) where sku = $3',
      'delete from item where id = any ($1)',
      'insert into item (sku) values ($1)',
      'update item set id = default',
      'select count(*), max(price), now(), gen_random_uuid(), pg_catalog.upper(name) from product group by name',
    ]) {
      assert.ok(leavesNothing(text), text)
    }
    for (const text of [
      "select set_config('search_path', 'x', false)",
      "select pg_catalog.set_config('search_path', 'x', false)",
      "select U&\"set\\005Fconfig\"('a.b', 'x', false)",
      "select name from product where set_config('a.b', name, false) = 'x'",
      'select pg_advisory_lock(1)',
      "select query_to_xml('select 1', true, true, '')",
      "select nextval('item_id_seq')",
      'select lastval()',
      "select currval('item_id_seq')",
      'select shop.unknown(1)',
      'select shop.lower($1)',
      'select name from product where shop.now() is not null',
      'set search_path = x',
      'prepare p as select 1',
      'declare c cursor with hold for select 1',
      'not sql',
    ]) {
      assert.ok(!leavesNothing(text), text)
    }
  })

  it('trusts no statement when the service has functions that may change the session', async () => {
    const { admin } = database
    await admin.query(
      'create function shop.touch() returns trigger language plpgsql as $$ begin new.name := lower(new.name); return new; end $$',
    )
    const harmless = new StatementReader()
    await harmless.refresh((text) => admin.query(text))
    harmless.read('select 1 as one')
    assert.ok(harmless.read('select 1 as one').leavesNothing)
    await admin.query(
      `create function shop.plant() returns trigger language plpgsql as $$ begin perform set_config('a.b', new.name, false); return new; end $$`,
    )
    const wary = new StatementReader()
    await wary.refresh((text) => admin.query(text))
    wary.read('select 1 as one')
    assert.ok(!wary.read('select 1 as one').leavesNothing)
    await admin.query('drop function shop.plant; drop function shop.touch')
  })

  it('gives each tenant what its own tables would give', async () => {
    const pool = database.pool({ max: 1 })
    for (const tenant of ['a', 'b']) {
      await asTenant(tenant, async () => {
        for (const name of ['first', 'second']) {
          await pool.query(
            'insert into product values ($1, $2) on conflict (sku) do update set name = excluded.name',
            ['same', `${name} of ${tenant}`],
          )
        }
        await pool.query('insert into item (sku) values ($1), ($1)', ['same'])
        const grouped = await pool.query(
          'select p.*, count(i.id)::int as items from product p left join item i on i.sku = p.sku group by p.sku',
        )
        assert.deepEqual(grouped.rows, [{ sku: 'same', name: `second of ${tenant}`, price: null, items: 2 }])
        const json = await pool.query('select json_agg(p) as all from product p')
        assert.deepEqual(json.rows[0].all, [{ sku: 'same', name: `second of ${tenant}`, price: null }])
        const outer = await pool.query('select to_json(i) as i from product p left join item i on i.id = -1')
        assert.deepEqual(outer.rows, [{ i: null }])
        const results = (await pool.query('select 1 as one; select count(*)::int as n from item')) as unknown
        assert.deepEqual(
          (results as { rows: unknown[] }[]).map(({ rows }) => rows),
          [[{ one: 1 }], [{ n: 2 }]],
        )
        await assert.rejects(pool.query("insert into product values ('x', 'x'); select 1 / 0"), {
          code: '22012',
        })
        assert.equal((await pool.query("select from product where sku = 'x'")).rowCount, 0)
      })
    }
  })
})
