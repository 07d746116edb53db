import type { SqlForm } from '../sql-form.ts'

const stock = 'create table stock (sku text primary key, name text not null, qty int not null default 0)'
const rows = "insert into stock values ('a', ':who', 1), ('b', 'same', 2)"
const all = 'select * from stock order by sku'

/** A migration that comes when every customer has rows. */
const change = (name: string, migration: string, ...statements: string[]): SqlForm => ({
  name,
  migrations: [stock],
  statements: [rows],
  later: { migration, statements },
})
const refused = (name: string, migration: string, code: string): SqlForm => ({
  ...change(name, migration),
  refused: code,
})

/** What later migrations change, in tables that have every customer's rows. */
export const schemaChanges: readonly SqlForm[] = [
  change('a column with a default', "alter table stock add column note text not null default 'x'", all),
  change(
    'an insert without columns after that',
    'alter table stock add column note text',
    "insert into stock values ('c', 'c', 3, 'n') returning *",
    all,
  ),
  change(
    'a unique key',
    'alter table stock add constraint names unique (name)',
    "insert into stock values ('c', 'same')",
    "insert into stock values ('c', ':who') on conflict (name) do update set qty = 9 returning *",
  ),
  change(
    'a unique index',
    'create unique index on stock (lower(name))',
    "insert into stock values ('c', 'SAME')",
  ),
  change(
    'a unique index that the rows break',
    'create index on stock (qty)',
    'select sku from stock where qty = 2',
  ),
  change(
    'another primary key',
    'alter table stock drop constraint stock_pkey; alter table stock add primary key (sku, name)',
    "insert into stock values ('a', 'other') returning *",
    "insert into stock values ('a', 'other')",
  ),
  change(
    'a foreign key to a natural key',
    'create table moves (id serial primary key, sku text not null references stock on delete cascade, n int)',
    "insert into moves (sku, n) values ('a', 1), ('b', 2) returning sku, n",
    "insert into moves (sku, n) values ('z', 1)",
    "delete from stock where sku = 'a'",
    'select sku, n from moves',
  ),
  change(
    'a foreign key on update cascade',
    'create table moves (sku text references stock on update cascade)',
    "insert into moves values ('a')",
    "update stock set sku = 'z' where sku = 'a'",
    'select * from moves',
  ),
  change(
    'a foreign key on delete set null',
    'create table moves (id int primary key, sku text references stock on delete set null)',
    "insert into moves values (1, 'a')",
    "delete from stock where sku = 'a'",
    'select * from moves',
  ),
  change(
    'a foreign key on delete restrict',
    'create table moves (sku text references stock on delete restrict)',
    "insert into moves values ('a')",
    "delete from stock where sku = 'a'",
  ),
  change(
    'a deferred foreign key',
    'create table moves (sku text references stock deferrable initially deferred)',
    "begin; insert into moves values ('z'); insert into stock values ('z', 'z'); commit",
    'select * from moves',
  ),
  change(
    'a foreign key to itself',
    'alter table stock add column above text references stock',
    "update stock set above = 'a' where sku = 'b'",
    "update stock set above = 'z'",
    all,
  ),
  change('a check', 'alter table stock add check (qty < 10)', "update stock set qty = 10 where sku = 'a'"),
  change(
    'not null',
    'alter table stock alter column qty drop not null',
    "update stock set qty = null where sku = 'a' returning *",
  ),
  change('another type', 'alter table stock alter column qty type bigint using qty * 2', all),
  change(
    'a default',
    "alter table stock alter column name set default 'd'",
    "insert into stock (sku) values ('c') returning *",
  ),
  change(
    'a renamed table',
    'alter table stock rename to store',
    'select * from store order by sku',
    "insert into store values ('a', 'x')",
  ),
  change(
    'a renamed column',
    'alter table stock rename qty to amount',
    "update stock set amount = 5 where sku = 'a' returning *",
  ),
  change(
    'a renamed constraint',
    'alter table stock rename constraint stock_pkey to sku_key',
    "insert into stock values ('a', 'x') on conflict on constraint sku_key do nothing",
  ),
  change(
    'a dropped column',
    'alter table stock drop column qty',
    "insert into stock values ('c', 'c') returning *",
    all,
  ),
  change('a dropped table', 'drop table stock', 'select * from stock'),
  change(
    'a generated column',
    "alter table stock add column label text generated always as (sku || '-' || name) stored",
    'select sku, label from stock order by sku',
  ),
  change(
    'an identity column',
    'alter table stock add column n int generated always as identity',
    'select count(distinct n) from stock',
  ),
  change(
    'an enum',
    "create type state as enum ('new', 'old'); alter table stock add column state state default 'new'",
    "update stock set state = 'old' where sku = 'a' returning *",
    "update stock set state = 'gone'",
  ),
  change(
    'a domain',
    'create domain short as text check (length(value) < 5); alter table stock add column code short',
    "update stock set code = 'too long'",
  ),
  change('a sequence', 'create sequence tickets', "select nextval('tickets') > 0 as drawn"),
  change(
    'a GIN index',
    'alter table stock add column about jsonb; create index on stock using gin (about)',
    "select sku from stock where about @> '{}'",
  ),
  change(
    'a hash and a BRIN index',
    'create index on stock using hash (name); create index on stock using brin (qty)',
    "select sku from stock where name = 'same'",
  ),
  change(
    'a partial index',
    'create index on stock (name) where qty > 1',
    "select sku from stock where name = 'same' and qty > 1",
  ),
  change(
    'a covering index',
    'create unique index on stock (name) include (qty)',
    "insert into stock values ('c', 'same')",
  ),
  change(
    'statistics and a comment',
    "create statistics s on sku, name from stock; comment on table stock is 'x'",
    all,
  ),
  change(
    'a view',
    'create view named as select sku, name from stock',
    "insert into named values ('c', 'c') returning *",
    'select * from named order by sku',
  ),
  change(
    'a view of all columns',
    'create view v as select * from stock',
    'select * from v order by sku',
    'select json_agg(v order by sku) from v',
  ),
  change(
    'a view with a check option',
    'create view much as select * from stock where qty > 1 with check option',
    "insert into much values ('c', 'c', 1)",
  ),
  change(
    'a view over a join',
    'create view pairs as select a.sku, b.sku as other from stock a join stock b on a.sku < b.sku',
    'select * from pairs',
  ),
  change(
    'a trigger before',
    'create function lower_name() returns trigger language plpgsql as $$ begin new.name := lower(new.name); return new; end $$; create trigger t before insert on stock for each row execute function lower_name()',
    "insert into stock values ('c', 'ABC') returning name",
  ),
  change(
    'a trigger after, with a log',
    'create table log (sku text, at int); create function note() returns trigger language plpgsql as $$ begin insert into log values (new.sku, new.qty); return null; end $$; create trigger t after update on stock for each row execute function note()',
    "update stock set qty = 7 where sku = 'a'",
    'select * from log',
  ),
  change(
    'a trigger for each statement',
    'create table log (n int); create function note() returns trigger language plpgsql as $$ begin insert into log select count(*) from changed; return null; end $$; create trigger t after update on stock referencing new table as changed for each statement execute function note()',
    'update stock set qty = 7',
    'select * from log',
  ),
  change(
    'a function in SQL',
    'create function total() returns bigint language sql stable as $$ select sum(qty) from stock $$',
    'select total()',
  ),
  change(
    'a function in PL/pgSQL',
    'create function total() returns bigint language plpgsql as $$ begin return (select sum(qty) from stock); end $$',
    'select total()',
  ),
  change(
    'a function that returns rows',
    'create function much() returns setof text language sql as $$ select sku from stock where qty > 1 $$',
    'select * from much()',
  ),
  change(
    'a procedure',
    'create procedure clear() language plpgsql as $$ begin delete from stock where qty > 1; end $$',
    'call clear()',
    all,
  ),
  change(
    'partitions by range',
    "create table events (id int, at date, primary key (id, at)) partition by range (at); create table events_26 partition of events for values from ('2026-01-01') to ('2027-01-01')",
    "insert into events values (1, '2026-02-01') returning *",
    "insert into events values (1, '2026-02-01')",
    "insert into events values (1, '2030-01-01')",
  ),
  change(
    'partitions by hash',
    'create table events (id int primary key, who text) partition by hash (id); create table e0 partition of events for values with (modulus 2, remainder 0); create table e1 partition of events for values with (modulus 2, remainder 1)',
    "insert into events values (1, ':who'), (2, ':who')",
    'select * from events order by id',
  ),
  change(
    'an extension',
    'create extension if not exists citext; alter table stock add column email citext',
    "update stock set email = 'A@x' where sku = 'a'",
    "select sku from stock where email = 'a@X'",
  ),
  change('a backfill', 'alter table stock add column slug text; update stock set slug = lower(name)', all),
  change(
    'a backfill from the table itself',
    'alter table stock add column share numeric; update stock set share = qty::numeric / (select sum(qty) from stock)',
    'select sku, round(share, 3) from stock order by sku',
  ),
  change(
    'a backfill from a join',
    'create table names (name text primary key, n int); insert into names select name, count(*) from stock group by name; update stock s set qty = n.n from names n where n.name = s.name',
    all,
    'select * from names order by name',
  ),
  change('a delete', "delete from stock where sku = 'b'", all),
  change(
    'a merge',
    'merge into stock s using (select sku from stock) o on s.sku = o.sku when matched then update set qty = s.qty + 1',
    all,
  ),
  change('an insert from the table itself', "insert into stock select sku || '2', name, qty from stock", all),
  {
    name: 'reference data that all read',
    migrations: [
      "create table currencies (code text primary key, name text); insert into currencies values ('EUR', 'Euro'), ('USD', 'Dollar')",
      `${stock}; alter table stock add column currency text references currencies default 'EUR'`,
    ],
    statements: [
      rows,
      'select s.sku, c.name from stock s join currencies c on c.code = s.currency order by sku',
      "update stock set currency = 'XXX'",
    ],
    later: {
      migration: "insert into currencies values ('CHF', 'Franc') on conflict (code) do nothing",
      statements: ['select * from currencies order by code'],
    },
    shared: ['currencies'],
  },
  refused('rows that are nobody’s', "insert into stock values ('s', 'seed')", 'PROTECT_SEED'),
  refused('the end of the transaction', 'commit', 'MIGRATION_TRANSACTION'),
  refused('a role', 'set role postgres', 'MIGRATION_REFUSED'),
  refused('a grant', 'grant select on stock to public', 'MIGRATION_REFUSED'),
  refused('a policy', 'create policy p on stock using (true)', 'MIGRATION_REFUSED'),
  refused('row security switched off', 'alter table stock disable row level security', 'MIGRATION_REFUSED'),
  refused('another owner', 'alter table stock owner to postgres', 'MIGRATION_REFUSED'),
  refused('a rule', 'create rule r as on delete to stock do instead nothing', 'MIGRATION_REFUSED'),
  refused('a temporary table', 'create temp table t (x int)', 'MIGRATION_REFUSED'),
  refused('an unlogged table', 'create unlogged table t (x int)', 'MIGRATION_REFUSED'),
  refused('an inherited table', 'create table t () inherits (stock)', 'MIGRATION_REFUSED'),
  refused('a foreign server', 'create server s foreign data wrapper f', 'MIGRATION_REFUSED'),
  refused('an index made concurrently', 'create index concurrently on stock (qty)', 'MIGRATION_REFUSED'),
  refused(
    'a security definer function',
    'create function f() returns int language sql security definer as $$ select 1 $$',
    'MIGRATION_REFUSED',
  ),
  refused(
    'the hidden column by its name',
    'alter table stock drop column tenantry_tenant',
    'MIGRATION_REFUSED',
  ),
  refused('another schema', 'create table public.t (x int)', 'MIGRATION_REFUSED'),
  refused('an untrusted extension', 'create extension dblink', 'MIGRATION_REFUSED'),
  refused('a copy', 'copy stock from stdin', 'MIGRATION_REFUSED'),
  refused('a publication', 'create publication p for all tables', 'MIGRATION_REFUSED'),
  refused('a syntax error', 'alter tabel stock add x int', 'MIGRATION_SYNTAX'),
  refused(
    'on conflict of a column inside a function',
    "create function f() returns void language sql as $$ insert into stock values ('a', 'x') on conflict (sku) do nothing $$",
    'MIGRATION_REFUSED',
  ),
  refused('rows read by a block', 'do $$ begin update stock set qty = 0; end $$', 'PROTECT_READ'),
  refused('a table made of rows', 'create table copy as select * from stock', 'PROTECT_READ'),
]
