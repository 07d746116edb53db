import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import { migrateService } from '../index.ts'

const first = {
  name: '001.sql',
  sql: `create extension btree_gist;
    create table products (id uuid primary key default gen_random_uuid(), sku text not null, name text not null);
    create table labels (id serial primary key, label text unique);
    create table visits (id bigint generated always as identity, day date not null, page text, primary key (id, day))
      partition by range (day);
    create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');`,
}
const tenants = ['a', 'b'] as const

describe('a later statement', () => {
  let database: IsolatedDatabase
  const applied = [first]
  before(async () => {
    database = await createIsolatedDatabase([first])
    const pool = database.pool()
    for (const tenant of tenants) {
      await asTenant(tenant, async () => {
        await pool.query("insert into products (sku, name) values ('s1', 'Ada'), ('s2', 'Bob')")
        await pool.query("insert into labels (label) values ('red')")
        await pool.query("insert into visits (day, page) values ('2026-05-05', '/')")
      })
    }
  })
  after(() => database.remove())

  async function migrate(sql: string, options: { shared?: string[]; existingRowsOf?: string } = {}) {
    const next = { name: `${String(applied.length + 1).padStart(3, '0')}.sql`, sql }
    const shared = ['currencies']
    await migrateService(database.admin, {
      service: 'shop',
      migrations: [...applied, next],
      shared,
      ...options,
    })
    applied.push(next)
  }
  const as = async (tenant: string, sql: string) =>
    (await asTenant(tenant, () => database.pool().query(sql))).rows
  const read = async (sql: string) => (await database.admin.query(sql)).rows
  const constraints = async (table: string) => {
    const rows = await read(
      `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
       where conrelid = 'shop.${table}'::regclass and contype <> 'n' and conparentid = 0 order by 1`,
    )
    return Object.fromEntries(rows.map(({ name, definition }) => [name, definition]))
  }
  const indexes = async (table: string) => {
    const rows = await read(`select indexname, indexdef from pg_indexes where tablename = '${table}'`)
    return Object.fromEntries(
      rows.map(({ indexname, indexdef }) => [indexname, indexdef.replace(/.* USING /, '')]),
    )
  }

  it('adds unique keys and indexes over values that several tenants have, with the names they would have', async () => {
    await migrate(`create unique index on products (sku);
      create index products_by_name on only products using btree (lower(name) desc, sku) include (id) where name <> '';
      create index on products (lower(name));
      create index on products using gist (name);
      alter table products add unique (name, sku), add constraint "named ü" unique (sku) include (name),
        add exclude using gist (sku with =);
      alter table labels drop constraint labels_pkey, add primary key (id);`)
    assert.deepEqual(await constraints('products'), {
      'named ü': 'UNIQUE (tenantry_tenant, sku) INCLUDE (name)',
      products_name_sku_key: 'UNIQUE (tenantry_tenant, name, sku)',
      products_pkey: 'PRIMARY KEY (id)',
      products_sku_excl: 'EXCLUDE USING gist (tenantry_tenant WITH =, sku WITH =)',
      products_tenantry_tenant_id_key: 'UNIQUE (tenantry_tenant, id)',
    })
    assert.equal((await constraints('labels')).labels_pkey, 'PRIMARY KEY (tenantry_tenant, id)')
    const { products_sku_idx, products_by_name, products_lower_idx, products_name_idx } =
      await indexes('products')
    assert.equal(products_sku_idx, 'btree (tenantry_tenant, sku)')
    assert.match(products_by_name, /^btree \(tenantry_tenant, lower\(name\) DESC, sku\) INCLUDE \(id\) WHERE/)
    assert.equal(products_lower_idx, 'btree (tenantry_tenant, lower(name))')
    assert.equal(products_name_idx, 'gist (name)')
    await assert.rejects(as('a', "insert into products (sku, name) values ('s1', 'x')"), { code: '23505' })
  })

  it('puts the tenant in front of keys that a declaration or a block brings', async () => {
    await migrate(`create table bookings (room text, exclude using gist (room with =));
      do $$ begin create table marks (name text); create unique index marks_once on marks (name); end $$`)
    assert.deepEqual(await constraints('bookings'), {
      bookings_room_excl: 'EXCLUDE USING gist (tenantry_tenant WITH =, room WITH =)',
    })
    assert.equal((await indexes('marks')).marks_once, 'btree (tenantry_tenant, name)')
  })

  it('adds foreign keys to keys that got the tenant in front, wherever they are declared', async () => {
    await migrate(`create table stock (
        product uuid primary key references products on delete cascade,
        label int constraint "labelled" references labels (id) on delete set null deferrable initially deferred not null check (label > 0),
        n int default (1 + 2) * 3 unique, alike uuid references stock,
        foreign key (label) references labels, constraint named foreign key (label) references labels (id) match full);
      alter table products add column label text references labels (label) on update cascade, add column seen int,
        add constraint seen foreign key (seen) references labels not valid;
      alter table products validate constraint seen;
      alter table labels add column parent int references labels;`)
    assert.deepEqual(await constraints('stock'), {
      labelled:
        'FOREIGN KEY (tenantry_tenant, label) REFERENCES shop.labels(tenantry_tenant, id) ON DELETE SET NULL (label) DEFERRABLE INITIALLY DEFERRED',
      named: 'FOREIGN KEY (tenantry_tenant, label) REFERENCES shop.labels(tenantry_tenant, id)',
      stock_alike_fkey:
        'FOREIGN KEY (tenantry_tenant, alike) REFERENCES shop.stock(tenantry_tenant, product)',
      stock_label_check: 'CHECK ((label > 0))',
      stock_label_fkey: 'FOREIGN KEY (tenantry_tenant, label) REFERENCES shop.labels(tenantry_tenant, id)',
      stock_n_key: 'UNIQUE (tenantry_tenant, n)',
      stock_pkey: 'PRIMARY KEY (product)',
      stock_product_fkey:
        'FOREIGN KEY (tenantry_tenant, product) REFERENCES shop.products(tenantry_tenant, id) ON DELETE CASCADE',
      stock_tenantry_tenant_product_key: 'UNIQUE (tenantry_tenant, product)',
    })
    const { products_label_fkey, seen } = await constraints('products')
    assert.equal(
      products_label_fkey,
      'FOREIGN KEY (tenantry_tenant, label) REFERENCES shop.labels(tenantry_tenant, label) ON UPDATE CASCADE',
    )
    assert.equal(seen, 'FOREIGN KEY (tenantry_tenant, seen) REFERENCES shop.labels(tenantry_tenant, id)')
    const [other] = await read("select id from shop.labels where tenantry_tenant = 'b'")
    await assert.rejects(as('a', `update products set seen = ${other.id}`), { code: '23503' })
  })

  it('does not add again what `if exists` and `if not exists` leave alone', async () => {
    const before = await constraints('products')
    await migrate(`create table if not exists products (label int references labels);
      alter table products add column if not exists label text references labels (label);
      alter table if exists nowhere add foreign key (x) references labels;`)
    assert.deepEqual(await constraints('products'), before)
  })

  it('changes rows of each tenant for itself, then the schema', async () => {
    await migrate(`alter table products add column slug text;
      update products set slug = lower(name);
      update products p set seen = (select min(id) from labels), name = p.name || (select count(*) from products);
      alter table products alter slug set not null;
      create table archive (sku text, n bigint);
      insert into archive (sku, n) select sku, count(*) over () from products;
      with gone as (delete from archive where sku = 's2' returning sku) insert into archive (sku) select 'was ' || sku from gone;
      merge into archive a using products p on a.sku = p.sku when matched then update set n = a.n + 1;`)
    const own = await read(
      `select p.tenantry_tenant as tenant, p.slug, p.name, l.tenantry_tenant = p.tenantry_tenant as own
       from shop.products p join shop.labels l on l.id = p.seen order by 1, 2`,
    )
    assert.deepEqual(
      own,
      tenants.flatMap((tenant) => [
        { tenant, slug: 'ada', name: 'Ada2', own: true },
        { tenant, slug: 'bob', name: 'Bob2', own: true },
      ]),
    )
    for (const tenant of tenants) {
      const rows = await as(tenant, 'select sku, n::int from archive order by sku')
      assert.deepEqual(rows, [
        { sku: 's1', n: 3 },
        { sku: 'was s2', n: null },
      ])
    }
  })

  it('changes rows through functions, triggers and views, for each tenant, also one that is suspended', async () => {
    await database.admin.query(
      "insert into tenantry.revocations (tenant) values ('b') on conflict do nothing",
    )
    await migrate(`create function log_sku() returns trigger language plpgsql as
        $$ begin insert into archive (sku) values ('touched ' || new.sku); return null; end $$;
      create trigger log_sku after update on products for each row execute function log_sku();
      create function shout() returns bigint language sql as
        $$ update products set name = upper(name); select count(*) from products $$;
      select shout();
      create view firsts as select sku, name from products where sku = 's1';
      update firsts set name = 'First';
      create procedure forget() language plpgsql as $$ begin delete from archive where sku like 'was %'; end $$;
      call forget();`)
    await database.admin.query("delete from tenantry.revocations where tenant = 'b'")
    for (const tenant of tenants) {
      assert.deepEqual(await as(tenant, 'select name from products order by sku'), [
        { name: 'First' },
        { name: 'BOB2' },
      ])
      const logged = await as(tenant, 'select sku, count(*)::int as n from archive group by 1 order by 1')
      assert.deepEqual(logged, [
        { sku: 's1', n: 1 },
        { sku: 'touched s1', n: 2 },
        { sku: 'touched s2', n: 1 },
      ])
    }
    const policies = await read(
      "select distinct polname from pg_policy where polname not in ('tenantry_isolation', 'tenantry_central')",
    )
    assert.deepEqual(policies, [])
  })

  it('that cannot run for each tenant is refused with the mend', async () => {
    const forms: [string, string, RegExp][] = [
      ["insert into products (sku, name) values ('x', 'X')", 'PROTECT_SEED', /declare the table in `shared`/],
      [
        "with x as (select 'y' as l) insert into labels (label) select l from x",
        'PROTECT_SEED',
        /let the service/,
      ],
      ['create table copies as select * from products', 'PROTECT_READ', /make the table first/],
      ['select * into copies from products', 'PROTECT_READ', /make the table first/],
      ['do $$ begin update products set name = name; end $$', 'PROTECT_READ', /out of the `do` block/],
      ['create table ones as select 1 as one', 'PROTECT_ROWS', /without rows/],
      [
        'create function kind() returns text language sql as $$ select label from labels group by id $$',
        'PROTECT_UNSUPPORTED',
        /group by every column/,
      ],
      [
        "do $$ begin execute 'create table t (l int references labels)'; end $$",
        'PROTECT_UNSUPPORTED',
        /out of the `do` block/,
      ],
    ]
    for (const [sql, code, help] of forms) {
      await assert.rejects(migrate(sql), (error: { code: string; help: string; message: string }) => {
        assert.equal(error.code, code, `${sql}: ${error.message}`)
        assert.match(error.help, help)
        assert.match(error.message, /^`shop\/\d+.sql:1`/)
        return true
      })
    }
  })

  it('renames, drops and retypes what is protected', async () => {
    await migrate(`alter table archive rename to history; alter table history rename column sku to code;
      alter table labels alter column label type varchar(20); alter table labels alter column id type bigint;
      alter table stock drop constraint stock_n_key, drop column n, drop constraint named;
      drop table stock; drop table labels cascade; alter table products drop column label;
      drop view firsts; drop trigger log_sku on products; drop function log_sku;
      truncate history; create type mood as enum ('good'); create domain positive as int check (value > 0);
      alter table products add column mood mood default 'good', add column stars positive,
        add column upper text generated always as (upper(name)) stored, add column no int generated by default as identity;
      comment on table products is 'what is sold'; create statistics pair on sku, name from products; analyze products;`)
    assert.deepEqual(await as('b', 'select mood, upper from products order by sku'), [
      { mood: 'good', upper: 'FIRST' },
      { mood: 'good', upper: 'BOB2' },
    ])
  })

  it('attaches and detaches partitions: rows are protected in every one, and only whole tables are granted', async () => {
    await migrate(`create table visits_2027 partition of visits for values from ('2027-01-01') to ('2028-01-01');
      create table visits_2028 (like visits including all excluding identity);
      alter table visits attach partition visits_2028 for values from ('2028-01-01') to ('2029-01-01');
      create unique index visits_page on visits (page, day);
      create table clicks (visit bigint, day date, foreign key (visit, day) references visits);`)
    const leaves = () =>
      read(
        `select relname as name, relrowsecurity and relforcerowsecurity as forced,
           has_table_privilege('${database.role}', oid, 'select') as granted,
           exists (select from pg_policy where polrelid = c.oid) as policy
         from pg_class c where relname like 'visits%' and relkind in ('r', 'p') order by 1`,
      )
    const row = (name: string, granted: boolean) => ({ name, forced: true, granted, policy: true })
    assert.deepEqual(await leaves(), [
      row('visits', true),
      row('visits_2026', false),
      row('visits_2027', false),
      row('visits_2028', false),
    ])
    await migrate('alter table visits detach partition visits_2027')
    assert.deepEqual((await leaves())[2], row('visits_2027', true))
    assert.deepEqual(await as('a', 'select page from visits'), [{ page: '/' }])
    await as('a', "insert into visits (day, page) values ('2028-02-02', '/new')")
    assert.deepEqual(await as('b', 'select page from visits'), [{ page: '/' }])
  })

  it('makes views that read and write as whoever asks', async () => {
    await migrate(`alter table products alter slug drop not null;
      create table tags (id serial primary key, tag text unique);
      insert into tags (tag) select sku from products on conflict (tag) do nothing;
      insert into tags select id + 100, tag || '!' from tags on conflict (tag) do update set tag = excluded.tag;
      create view tagged as select tags.id, tag, count(*) as n from tags join products on true group by tags.id;
      create view pairs as select p.*, t.tag from products p join tags t on t.tag = p.sku;
      create view all_of as select * from tags union all select * from tags;
      create function last_tag() returns text language sql begin atomic select tag from tags group by id order by tag desc limit 1; end;
      create view names (code, called) as select sku, name from products with local check option;
      create view totals as select count(*)::int as n from products;`)
    const shown = await read(
      `select count(*)::int as n from information_schema.columns
       where table_schema = 'shop' and column_name = 'tenantry_tenant' and table_name in ('tagged', 'pairs', 'all_of')`,
    )
    assert.deepEqual(shown, [{ n: 0 }])
    for (const tenant of tenants) {
      assert.deepEqual(await as(tenant, 'select tag, n::int from tagged order by 1'), [
        { tag: 's1', n: 2 },
        { tag: 's1!', n: 2 },
        { tag: 's2', n: 2 },
        { tag: 's2!', n: 2 },
      ])
      assert.deepEqual(await as(tenant, 'select tag from pairs order by 1'), [{ tag: 's1' }, { tag: 's2' }])
      assert.deepEqual(await as(tenant, 'select count(*)::int as n, last_tag() from all_of'), [
        { n: 8, last_tag: 's2!' },
      ])
      assert.deepEqual(await as(tenant, 'select n from totals'), [{ n: 2 }])
      await as(tenant, `insert into names values ('${tenant}', 'of ${tenant}')`)
      assert.deepEqual(await as(tenant, "select called from names where called like 'of %'"), [
        { called: `of ${tenant}` },
      ])
    }
    const verbs = await read(
      `select relname as name, has_table_privilege('${database.role}', oid, 'insert') as insert,
         'security_invoker=true' = any (reloptions) as invoker
       from pg_class where relname in ('names', 'totals') order by 1`,
    )
    assert.deepEqual(verbs, [
      { name: 'names', insert: true, invoker: true },
      { name: 'totals', insert: false, invoker: true },
    ])
  })

  it('fills shared tables once; services read them and refer to them, and do not write', async () => {
    await migrate(`create table currencies (code text primary key, name text);
      insert into currencies values ('EUR', 'Euro'), ('USD', 'Dollar');
      update currencies set name = upper(name) where code = 'EUR';
      alter table products add column currency text not null default 'EUR' references currencies on update cascade;`)
    assert.deepEqual(await as('a', 'select name from currencies order by code'), [
      { name: 'EURO' },
      { name: 'Dollar' },
    ])
    assert.equal((await constraints('products')).products_currency_fkey.includes('tenantry_tenant'), false)
    await assert.rejects(as('a', "update products set currency = 'XXX'"), { code: '23503' })
    for (const sql of [
      "insert into currencies values ('X')",
      'delete from currencies',
      "update currencies set name = ''",
    ]) {
      await assert.rejects(as('a', sql), { code: '42501' }, sql)
    }
    const toTenants = migrate('alter table currencies add column best uuid references products')
    await assert.rejects(toTenants, { code: 'PROTECT_UNSUPPORTED' })
    const made = migrate('create table rates (best uuid references products)', {
      shared: ['currencies', 'rates'],
    })
    await assert.rejects(made, { code: 'PROTECT_UNSUPPORTED' })
    const late = migrate('select 1', { shared: ['currencies', 'products'] })
    await assert.rejects(late, { code: 'PROTECT_SHARED', message: /`products` holds tenants’ rows/ })
  })

  it('protects a table that is no longer shared when its rows are given to a tenant', async () => {
    await migrate("create table colours (name text unique); insert into colours values ('red')", {
      shared: ['currencies', 'colours'],
    })
    await assert.rejects(migrate('select 1'), {
      code: 'PROTECT_ROWS',
      message: /`colours` has rows already/,
      help: /--existing-rows-of <tenant>/,
    })
    await migrate('select 1', { existingRowsOf: 'b' })
    assert.deepEqual(await as('b', 'select name from colours'), [{ name: 'red' }])
    assert.deepEqual(await as('a', 'select name from colours'), [])
    await as('a', "insert into colours values ('red')")
  })

  it('protects tables from before Tenantry with their rows, keys and views', async () => {
    await database.admin.query(`create table shop.owners (id serial primary key, mail text unique);
      create table shop.pets (id uuid primary key default gen_random_uuid(), owner int references shop.owners on delete set null);
      create view shop.mails as select mail from shop.owners;
      insert into shop.owners (mail) values ('x@example.com'); insert into shop.pets (owner) select id from shop.owners`)
    await migrate('alter table owners add column active boolean default true', { existingRowsOf: 'a' })
    assert.deepEqual(await as('a', 'select mail from mails'), [{ mail: 'x@example.com' }])
    assert.deepEqual(await as('b', 'select mail from mails'), [])
    await as('b', "insert into owners (mail) values ('x@example.com')")
    await as('a', 'delete from owners')
    assert.deepEqual(await as('a', 'select owner from pets'), [{ owner: null }])
    assert.deepEqual(await as('b', 'select active from owners'), [{ active: true }])
  })
})
