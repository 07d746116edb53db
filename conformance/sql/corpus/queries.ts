import type { SqlForm } from '../sql-form.ts'

const sales = `create table sales (id serial primary key, sku text not null unique, amount numeric(10, 2) not null, tags text[],
  about jsonb, sold date default '2026-01-01'); create table buyers (id uuid primary key, name text, sale int references sales)`
const rows = `insert into sales (sku, amount, tags, about) values ('a', 1.5, '{x,y}', '{"k": 1, "who": ":who"}'), ('b', 2, '{y}', '{"k": 2}'),
  ('c', 3, null, null)`
const buyers = `insert into buyers select md5(sku || ':who')::uuid, ':who', id from sales where sku <> 'c'`

const query = (name: string, ...statements: string[]): SqlForm => ({
  name,
  migrations: [sales],
  statements: [rows, buyers, ...statements],
})

/** What a service asks. */
export const queries: readonly SqlForm[] = [
  query(
    'group by a serial key, dependent columns',
    "select s.sku, s.about ->> 'who' as who, count(b.id) from sales s left join buyers b on b.sale = s.id group by s.id order by sku",
  ),
  query(
    'group by a uuid key, dependent columns',
    'select name, count(*) from buyers group by id order by name',
  ),
  query(
    'group by two keys',
    'select s.sku, b.name from sales s join buyers b on b.sale = s.id group by s.id, b.id order by sku',
  ),
  query('group by an expression', 'select length(sku), count(*) from sales group by length(sku)'),
  query('group by without the key fails', 'select sku, count(*) from sales group by amount'),
  query('having', 'select amount > 1.7 as much, count(*) from sales group by 1 having count(*) > 1'),
  query('cube', 'select sku, amount, count(*) from sales group by cube (sku, amount) order by 1, 2'),
  query('grouping sets', 'select sku, count(*) from sales group by grouping sets ((sku), ()) order by 1'),
  query('count of everything', 'select count(*), count(tags), count(distinct amount) from sales'),
  query('sum and average', 'select sum(amount), avg(amount)::text, min(sku), max(sku) from sales'),
  query('array_agg of a column', 'select array_agg(sku order by sku desc) from sales'),
  query('json_build_object', "select json_build_object('sku', sku, 'n', amount) from sales order by sku"),
  query('json_object_agg', 'select json_object_agg(sku, amount order by sku) from sales'),
  query(
    'jsonb_agg of a row with a filter',
    'select jsonb_agg(s order by sku) filter (where amount > 1.7) from (select sku, amount from sales) s',
  ),
  query(
    'rows of an outer join as JSON',
    'select s.sku, to_jsonb(b) is null as missing from sales s left join buyers b on b.sale = s.id order by sku',
  ),
  query('jsonb operators', "select sku from sales where about @> '{\"k\": 2}' or about ? 'who' order by sku"),
  query('jsonb path', "select jsonb_path_query_first(about, '$.k') from sales order by sku"),
  query(
    'json_table',
    "select t.k from sales, json_table(about, '$' columns (k int path '$.k')) t order by k",
  ),
  query('arrays', "select sku from sales where 'y' = any (tags) order by sku"),
  query('unnest', 'select sku, tag from sales, unnest(tags) tag order by 1, 2'),
  query(
    'unnest with ordinality',
    'select sku, tag, n from sales, unnest(tags) with ordinality t(tag, n) order by 1, 3',
  ),
  query(
    'generate_series',
    'select n, count(s.id) from generate_series(1, 3) n left join sales s on s.amount >= n group by n order by n',
  ),
  query(
    'a list of values',
    "select v.x, s.sku from (values ('a'), ('z')) v(x) left join sales s on s.sku = v.x order by 1",
  ),
  query(
    'exists',
    'select sku from sales s where exists (select * from buyers where sale = s.id) order by sku',
  ),
  query('not exists', 'select sku from sales s where not exists (select 1 from buyers where sale = s.id)'),
  query('in a sub-select', 'select sku from sales where id in (select sale from buyers) order by sku'),
  query('all', 'select sku from sales where amount >= all (select amount from sales)'),
  query(
    'a scalar sub-select',
    'select sku, (select count(*) from buyers where sale = s.id) from sales s order by sku',
  ),
  query('a CTE', 'with s as (select * from sales where amount > 1.7) select sku, tags from s order by sku'),
  query('a materialized CTE', 'with s as materialized (select sku from sales) select count(*) from s'),
  query(
    'a CTE that writes',
    "with n as (update sales set amount = amount + 1 where sku = 'a' returning *) select sku, amount from n",
  ),
  query('a CTE of the table’s own name', 'with sales as (select 1 as x) select * from sales'),
  query('intersect', 'select sku from sales intersect select sku from sales where amount = 2'),
  query('union all', 'select sku from sales union all select name from buyers order by 1'),
  query('table', 'select name, count(*) from (table buyers) b group by name'),
  query('limit and offset', 'select sku from sales order by sku limit 1 offset 1'),
  query('order by position and nulls', 'select tags, sku from sales order by 1 nulls first, 2'),
  query('for share', 'select sku from sales order by sku for share of sales'),
  query(
    'a self-join',
    'select a.sku, b.sku as next from sales a join sales b on b.amount = a.amount + 1 order by 1',
  ),
  query('a cross join', 'select count(*) from sales cross join buyers'),
  query('a full join', 'select s.sku, b.name from sales s full join buyers b on b.sale = s.id order by 1'),
  query(
    'window frames',
    'select sku, sum(amount) over (order by sku rows between 1 preceding and current row) from sales order by 1',
  ),
  query(
    'lag and a named window',
    'select sku, lag(sku) over w from sales window w as (order by sku) order by 1',
  ),
  query('tablesample', 'select count(*) from sales tablesample bernoulli (100)'),
  query(
    'full-text search',
    "select sku from sales where to_tsvector('simple', about::text) @@ to_tsquery('simple', ':who')",
  ),
  query('regular expressions', "select sku from sales where sku ~ '^[ab]$' order by sku"),
  query(
    'case and coalesce',
    "select case when amount > 2 then 'much' else coalesce(tags[1], 'none') end from sales order by sku",
  ),
  query('casts', 'select amount::int, sold::text, sku::varchar(1) from sales order by sku'),
  query('a row comparison', "select sku from sales where (sku, amount) > ('a', 0) order by sku"),
  query(
    'several statements in one text',
    "select 1 as one; insert into buyers values (md5('m:who')::uuid, 'm', null)",
    'select count(*) from buyers',
  ),
  query('a transaction in one text', 'begin; delete from buyers; rollback', 'select count(*) from buyers'),
  query('a syntax error', 'selec sku from sales'),
  query('a column that is not there', 'select nothing from sales'),
  query('a table that is not there', 'select * from nowhere'),
  query('a division by zero', 'select amount / 0 from sales'),
  query('a cast that fails', "select sku::int from sales where sku = 'a'"),
  query('a unique key that exists', "insert into sales (sku, amount) values ('a', 1)"),
  query('a comment in front', '/* first */ -- second\n select sku from sales order by sku'),
  query('names with quotes', 'select s."sku" as "Sku Of" from "sales" as s order by s."sku"'),
]
