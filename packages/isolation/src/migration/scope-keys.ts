import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { tenantColumn } from '../database/isolation-roles.ts'
import { withAllRows } from './with-all-rows.ts'

/**
 * Makes every key of a schema's tables hold within a tenant: unique keys and ordered indexes begin with the tenant, hashed ones become such, so
 * that none tells of another's values or is read through another's rows, and foreign keys join within a tenant, because
 * they are checked past row-level security. A primary key that is one uuid stays as declared: nobody can guess another's.
 */
export async function scopeKeys(client: ClientBase, schema: string): Promise<void> {
  const foreignKeys = await readForeignKeys(client, schema)
  for (const { table, name } of foreignKeys) {
    await client.query(`alter table ${table} drop constraint ${escapeIdentifier(name)}`)
  }
  await scopeConstraints(client, schema)
  await scopeIndexes(client, schema)
  await addTenantUniqueness(client, schema)
  for (const foreignKey of foreignKeys) await addScoped(client, foreignKey)
}

// What no index of the tenant's can be behind: constraints and indexes of partitions follow their parent's.
const unscoped = `join pg_attribute o on o.attrelid = t.oid and o.attname = '${tenantColumn}' and not o.attisdropped
  where t.relnamespace = $1::regnamespace and not t.relispartition`

async function scopeConstraints(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string; kind: string; table: string; definition: string }>(
    `select c.conname as name, c.contype as kind, format('%I.%I', $2::text, t.relname) as table,
       pg_get_constraintdef(c.oid) as definition
     from pg_constraint c join pg_class t on t.oid = c.conrelid ${unscoped}
       and c.contype in ('p', 'u', 'x') and c.conkey[1] <> o.attnum
       and not (c.contype = 'p' and array_length(c.conkey, 1) = 1 and exists (
         select from pg_attribute a where a.attrelid = t.oid and a.attnum = c.conkey[1] and a.atttypid = 'uuid'::regtype))`,
    [escapeIdentifier(schema), schema],
  )
  for (const { name, kind, table, definition } of rows) {
    const scoped = definition.replace('(', kind === 'x' ? `(${tenantColumn} WITH =, ` : `(${tenantColumn}, `)
    const constraint = escapeIdentifier(name)
    await client.query(
      `alter table ${table} drop constraint ${constraint}, add constraint ${constraint} ${scoped}`,
    )
  }
}

async function scopeIndexes(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ index: string; definition: string }>(
    `select format('%I.%I', $2::text, i.relname) as index, pg_get_indexdef(i.oid) as definition
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
     join pg_class t on t.oid = x.indrelid ${unscoped}
       and m.amname in ('btree', 'hash', 'brin') and x.indkey[0] <> o.attnum
       and not exists (select from pg_constraint c where c.conindid = i.oid)`,
    [escapeIdentifier(schema), schema],
  )
  for (const { index, definition } of rows) {
    await client.query(`drop index ${index}`)
    await client.query(
      definition.replace(
        / USING (btree|hash|brin) \(/,
        (_, method) => ` USING ${method === 'brin' ? 'brin' : 'btree'} (${tenantColumn}, `,
      ),
    )
  }
}

// What composite foreign keys refer to, and what a tenant's rows are found by.
async function addTenantUniqueness(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select format('%I.%I', $2::text, t.relname) as table, quote_ident(a.attname) as column
     from pg_constraint c join pg_class t on t.oid = c.conrelid
     join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1] ${unscoped}
       and c.contype = 'p' and a.attnum <> o.attnum
       and not exists (select from pg_constraint u where u.conrelid = t.oid and u.contype = 'u' and u.conkey = array[o.attnum, a.attnum])`,
    [escapeIdentifier(schema), schema],
  )
  for (const { table, column } of rows) {
    await client.query(`alter table ${table} add unique (${tenantColumn}, ${column})`)
  }
}

interface ForeignKey {
  readonly name: string
  readonly table: string
  readonly target: string
  readonly toShared: boolean
  readonly fromShared: boolean
  readonly definition: string
  readonly columns: string
  readonly emptiesTenant: boolean
}

// Foreign keys that refer to the table itself, or that a `do` block made: others are scoped before they are added.
async function readForeignKeys(client: ClientBase, schema: string): Promise<ForeignKey[]> {
  const hidden = (relation: string) =>
    `exists (select from pg_attribute a where a.attrelid = ${relation} and a.attname = '${tenantColumn}' and not a.attisdropped)`
  const { rows } = await client.query<ForeignKey>(
    `select c.conname as name, c.conrelid::regclass::text as table, c.confrelid::regclass::text as target,
       not ${hidden('c.conrelid')} as "fromShared", pg_get_constraintdef(c.oid) as definition,
       (select string_agg(quote_ident(a.attname), ', ' order by k.at) from unnest(c.conkey) with ordinality k(num, at)
         join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num) as columns,
       c.confupdtype in ('n', 'd') or c.confmatchtype = 'f' as "emptiesTenant"
     from pg_constraint c join pg_class t on t.oid = c.conrelid
     where t.relnamespace = $1::regnamespace and c.contype = 'f' and c.conparentid = 0 and ${hidden('c.confrelid')}
       and not exists (select from pg_attribute a where a.attrelid = c.conrelid and a.attnum = c.conkey[1] and a.attname = $2)`,
    [escapeIdentifier(schema), tenantColumn],
  )
  const refused = rows.find(({ fromShared, emptiesTenant }) => fromShared || emptiesTenant)
  if (refused) throw unscopable(refused.name, refused.fromShared)
  return rows
}

/** What to throw for a foreign key that cannot hold within a tenant. */
export function unscopable(name: string, fromShared: boolean): TenantryError {
  const message = `foreign key \`${name}\` cannot be made to hold within a tenant`
  return new TenantryError('PROTECT_UNSUPPORTED', message, {
    help: fromShared
      ? 'leave it out: rows that all tenants share cannot refer to rows of one'
      : 'leave out `match full` and `on update set …`',
  })
}

async function addScoped(client: ClientBase, key: ForeignKey): Promise<void> {
  const scoped = key.definition
    .replace('FOREIGN KEY (', `FOREIGN KEY (${tenantColumn}, `)
    .replace(`REFERENCES ${key.target}(`, `REFERENCES ${key.target}(${tenantColumn}, `)
    // Only the declared columns are emptied: the row stays its tenant's.
    .replace(/ON DELETE SET (NULL|DEFAULT)(?! \()/, `ON DELETE SET $1 (${key.columns})`)
  await withAllRows(client, [key.table, key.target], () =>
    client.query(`alter table ${key.table} add constraint ${escapeIdentifier(key.name)} ${scoped}`),
  )
}
