import type { ClientBase } from 'pg'

/** What a schema's tables are, as one line a fact: columns, keys, indexes, and whether policies are enforced. */
export async function readCatalog(client: ClientBase, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ fact: string }>(
    `with tables as (
       select oid, relname, relrowsecurity and relforcerowsecurity as enforced
       from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p'))
     select relname || '.' || attname as fact
       from tables join pg_attribute on attrelid = tables.oid where attnum > 0 and not attisdropped
     union all select relname || ': ' || pg_get_constraintdef(c.oid) from tables join pg_constraint c on conrelid = tables.oid
     union all select pg_get_indexdef(indexrelid) from tables join pg_index on indrelid = tables.oid
     union all select relname || ' has policies' || case when enforced then ', enforced' else '' end from tables
       where exists (select from pg_policy where polrelid = tables.oid)
     order by fact`,
    [schema],
  )
  return rows.map(({ fact }) => fact)
}
