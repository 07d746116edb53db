import type { SqlForm } from '../sql-form.ts'
import { queries } from './queries.ts'
import { schemaChanges } from './schema-changes.ts'

const items =
  'create table items (id int primary key, name text not null, qty int default 1 check (qty >= 0))'
const three = "insert into items values (1, 'one', 1), (2, ':who', 2), (3, 'three', 2)"
const lines =
  'create table lines (id int primary key, item int not null references items on delete cascade, note text)'
const twoLines = "insert into lines values (1, 1, ':who'), (2, 2, 'second')"

const over = (name: string, ...statements: string[]): SqlForm => ({
  name,
  migrations: [items],
  statements: [three, ...statements, 'select * from items order by id'],
})
const joined = (name: string, ...statements: string[]): SqlForm => ({
  name,
  migrations: [`${items}; ${lines}`],
  statements: [three, twoLines, ...statements, 'select * from lines order by id'],
})
const later = (name: string, migration: string, ...statements: string[]): SqlForm => ({
  name,
  migrations: [items, migration],
  statements: [three, ...statements],
})

/** The forms, by theme. */
export const forms: Readonly<Record<string, readonly SqlForm[]>> = {
  Insert: [
    over('no column list'),
    over('column list, returning *', "insert into items (id, name) values (4, 'x') returning *"),
    over('returning expressions', "insert into items values (4, 'x') returning id + 1 as next, upper(name)"),
    over('a key that exists', "insert into items values (1, 'again')"),
    over('null where none may be', 'insert into items values (9, null)'),
    over('a check that fails', "insert into items values (9, 'x', -1)"),
    over('on conflict do nothing', "insert into items values (1, 'x') on conflict do nothing"),
    over('on conflict (key) do nothing', "insert into items values (1, 'x') on conflict (id) do nothing"),
    over(
      'on conflict do update',
      "insert into items values (1, ':who') on conflict (id) do update set name = excluded.name returning *",
    ),
    over(
      'on conflict on constraint',
      "insert into items values (1, 'y') on conflict on constraint items_pkey do update set qty = 7",
    ),
    over('insert select', 'insert into items select id + 10, name, qty from items'),
    over(
      'insert with a CTE',
      'with s as (select * from items) insert into items select id + 10, name, qty from s returning id',
    ),
    {
      name: 'default values of an identity',
      migrations: ["create table n (id int generated always as identity, t text default 'd')"],
      statements: ['insert into n default values returning t'],
    },
    later(
      'on conflict of a partial index',
      'create unique index on items (name) where qty > 1',
      "insert into items values (8, ':who', 5) on conflict (name) where qty > 1 do update set qty = 9 returning *",
    ),
    later(
      'on conflict of an expression',
      'create unique index on items (lower(name))',
      "insert into items values (8, 'ONE') on conflict (lower(name)) do nothing",
    ),
  ],
  Change: [
    over('update returning *', 'update items set qty = qty + 1 where id > 1 returning *'),
    joined('update from', 'update lines set note = i.name from items i where i.id = item'),
    over('update with a sub-select', 'update items set qty = (select max(qty) from items) where id = 1'),
    over('delete returning *', 'delete from items where id = 2 returning *'),
    joined('delete using', 'delete from lines using items where items.id = item and items.qty = 1'),
    joined('delete cascades', 'delete from items where id = 1'),
    joined('a foreign key that fails', "insert into lines values (9, 99, 'x')"),
    over(
      'merge',
      "merge into items t using (values (1, 'm'), (7, 'n')) s(id, name) on t.id = s.id when matched then update set name = s.name when not matched then insert (id, name) values (s.id, s.name)",
    ),
    over(
      'merge deletes',
      'merge into items t using (values (1)) s(id) on t.id = s.id when matched then delete',
    ),
  ],
  Select: [
    over('star in a sub-select', 'select * from (select * from items) x order by id'),
    over('table star', 'select i.* from items i order by id'),
    over('row_to_json', 'select row_to_json(i) from items i order by id'),
    over('json_agg', 'select json_agg(i order by id) from items i'),
    over('to_jsonb(t.*)', 'select to_jsonb(i.*) from items i order by id'),
    over('jsonb_agg of a sub-select', 'select jsonb_agg(x) from (select * from items order by id) x'),
    over('distinct on', 'select distinct on (qty) * from items order by qty, id'),
    over('window function', 'select id, row_number() over (order by id) from items order by id'),
    joined(
      'group by a primary key',
      'select i.id, i.name, count(l.id) from items i left join lines l on l.item = i.id group by i.id order by i.id',
    ),
    over('group by position', 'select qty, count(*) from items group by 1 order by 1'),
    over('rollup', 'select qty, count(*) from items group by rollup (qty) order by qty nulls last'),
    joined(
      'lateral',
      'select i.id, x.note from items i, lateral (select * from lines where item = i.id) x order by 1',
    ),
    over(
      'recursive',
      'with recursive r as (select 1 n union all select n + 1 from r join items on id = n) select n from r order by n',
    ),
    over('union of stars', 'select * from items union select * from items order by id'),
    over('except of stars', 'select * from items except select * from items where id = 1 order by id'),
    joined('using', 'select id, name, note from items join lines using (id) order by id'),
    joined('natural join', 'select * from items natural join lines order by id'),
    over('for update', 'select * from items order by id for update skip locked'),
    over('fetch with ties', 'select * from items order by qty desc fetch first 1 row with ties'),
    over(
      'aggregate with filter',
      "select count(*) filter (where qty > 1), string_agg(name, ',' order by id) from items",
    ),
    over('like', "select * from items where name like 't%' order by id"),
  ],
  'Later migrations': [
    later(
      'add a column',
      "alter table items add column note text default 'none'",
      'select * from items order by id',
    ),
    later('add unique', 'alter table items add unique (name)', "insert into items values (9, 'one')"),
    later(
      'add a check',
      'alter table items add constraint small check (qty < 100)',
      "insert into items values (9, 'x', 100)",
    ),
    later('rename a column', 'alter table items rename name to title', 'select title from items order by id'),
    {
      name: 'drop a column',
      migrations: [items, 'alter table items drop column qty'],
      statements: ["insert into items values (1, ':who') returning *", 'select * from items'],
    },
    {
      name: 'insert of more values than columns',
      migrations: ['create table pairs (id int primary key, name text)'],
      statements: ["insert into pairs values (1, 'x', 2)"],
      differs: {
        statement: 0,
        plain: '42601',
        isolated: '42501',
        mend: 'give as many values as the table has columns',
      },
    },
    later('rename a table', 'alter table items rename to things', 'select * from things order by id'),
    later(
      'add a foreign key',
      `${lines.replace(' references items on delete cascade', '')}; alter table lines add foreign key (item) references items`,
      "insert into lines values (1, 99, 'x')",
      twoLines,
    ),
    later('a view', 'create view v as select * from items where qty > 1', 'select * from v order by id'),
    later(
      'a view with aggregates',
      'create view v as select qty, count(*) from items group by qty',
      'select * from v order by qty',
    ),
    later(
      'a trigger',
      "create function up() returns trigger language plpgsql as 'begin new.name := upper(new.name); return new; end'; create trigger up before update on items for each row execute function up()",
      'update items set qty = 5 returning name',
    ),
    {
      ...later('a materialized view', 'create materialized view m as select * from items'),
      refused: 'MIGRATION_REFUSED',
    },
    {
      name: 'partitioned by list',
      migrations: [
        'create table p (id int, k text, primary key (id, k)) partition by list (k); create table p1 partition of p default',
      ],
      statements: ["insert into p values (1, ':who')", 'select * from p'],
    },
  ],
  Queries: queries,
  'With rows in the tables': schemaChanges,
}
