import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { tenantColumn } from '../database/isolation-roles.ts'

interface ForeignKey {
  readonly name: string
  readonly table: string
  readonly target: string
  readonly columns: string[]
  readonly targetColumns: string[]
  /** `pg_constraint`'s letters: a no action, r restrict, c cascade, n set null, d set default. */
  readonly onDelete: string
  readonly onUpdate: string
  readonly setColumns: string[]
  readonly matchFull: boolean
  readonly deferrable: boolean
  readonly deferred: boolean
}

/**
 * Makes every key of a schema's tables hold within a tenant: unique keys and ordered indexes begin with the tenant, so
 * that none tells of another's values or is read through another's rows, and foreign keys join within a tenant, because they are checked past row-level
 * security. A primary key that is one uuid stays as declared: nobody can guess another's.
 */
export async function scopeKeys(client: ClientBase, schema: string): Promise<void> {
  const foreignKeys = await readForeignKeys(client, schema)
  for (const { table, name } of foreignKeys) {
    await client.query(`alter table ${table} drop constraint ${escapeIdentifier(name)}`)
  }
  await scopeConstraints(client, schema)
  await scopeIndexes(client, schema)
  await addTenantUniqueness(client, schema)
  for (const foreignKey of foreignKeys) await addForeignKey(client, foreignKey)
}

async function scopeConstraints(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string; table: string; definition: string }>(
    `select c.conname as name, format('%I.%I', $1::text, t.relname) as table, pg_get_constraintdef(c.oid) as definition
     from pg_constraint c join pg_class t on t.oid = c.conrelid
     where c.connamespace = $1::regnamespace and c.contype in ('p', 'u')
       and c.conkey[1] <> (select attnum from pg_attribute where attrelid = t.oid and attname = $2)
       and not (c.contype = 'p' and array_length(c.conkey, 1) = 1 and exists (
         select from pg_attribute a where a.attrelid = t.oid and a.attnum = c.conkey[1] and a.atttypid = 'uuid'::regtype))`,
    [schema, tenantColumn],
  )
  for (const { name, table, definition } of rows) {
    const scoped = definition.replace('(', `(${tenantColumn}, `)
    const constraint = escapeIdentifier(name)
    await client.query(
      `alter table ${table} drop constraint ${constraint}, add constraint ${constraint} ${scoped}`,
    )
  }
}

async function scopeIndexes(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ index: string; definition: string }>(
    `select format('%I.%I', $1::text, i.relname) as index, pg_get_indexdef(i.oid) as definition
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
     where i.relnamespace = $1::regnamespace and m.amname = 'btree'
       and x.indkey[0] <> (select attnum from pg_attribute where attrelid = x.indrelid and attname = $2)
       and not exists (select from pg_constraint c where c.conindid = i.oid)`,
    [schema, tenantColumn],
  )
  for (const { index, definition } of rows) {
    await client.query(`drop index ${index}`)
    await client.query(definition.replace(/ USING btree \(/, ` USING btree (${tenantColumn}, `))
  }
}

// What composite foreign keys refer to, and what a tenant's rows are found by.
async function addTenantUniqueness(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select format('%I.%I', $1::text, t.relname) as table, quote_ident(a.attname) as column
     from pg_constraint c join pg_class t on t.oid = c.conrelid
     join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1]
     join pg_attribute o on o.attrelid = t.oid and o.attname = $2
     where c.connamespace = $1::regnamespace and c.contype = 'p' and a.attnum <> o.attnum
       and not exists (select from pg_constraint u where u.conrelid = t.oid and u.contype = 'u' and u.conkey = array[o.attnum, a.attnum])`,
    [schema, tenantColumn],
  )
  for (const { table, column } of rows)
    await client.query(`alter table ${table} add unique (${tenantColumn}, ${column})`)
}

async function readForeignKeys(client: ClientBase, schema: string): Promise<ForeignKey[]> {
  const names = (keys: string, relation: string) =>
    `array(select quote_ident(a.attname) from unnest(${keys}) with ordinality k(num, at)
       join pg_attribute a on a.attrelid = ${relation} and a.attnum = k.num order by k.at)`
  const { rows } = await client.query<ForeignKey>(
    `select c.conname as name, format('%I.%I', $1::text, t.relname) as table, c.confrelid::regclass::text as target,
       ${names('c.conkey', 'c.conrelid')} as columns, ${names('c.confkey', 'c.confrelid')} as "targetColumns",
       ${names('c.confdelsetcols', 'c.conrelid')} as "setColumns",
       c.confdeltype as "onDelete", c.confupdtype as "onUpdate", c.confmatchtype = 'f' as "matchFull",
       c.condeferrable as deferrable, c.condeferred as deferred
     from pg_constraint c join pg_class t on t.oid = c.conrelid
     where c.connamespace = $1::regnamespace and c.contype = 'f'
       and c.conkey[1] <> (select attnum from pg_attribute where attrelid = c.conrelid and attname = $2)`,
    [schema, tenantColumn],
  )
  return rows
}

const actions: Record<string, string> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

async function addForeignKey(client: ClientBase, key: ForeignKey): Promise<void> {
  const sets = (action: string) => action === 'n' || action === 'd'
  if (key.matchFull || sets(key.onUpdate)) {
    throw new TenantryError(
      'PROTECT_UNSUPPORTED',
      `foreign key \`${key.name}\` cannot be made to hold within a tenant`,
      {
        help: 'leave out `match full` and `on update set …`',
      },
    )
  }
  // Only the declared columns are emptied: the row stays its tenant's.
  const emptied = key.setColumns.length > 0 ? key.setColumns : key.columns
  const onDelete = `${actions[key.onDelete]}${sets(key.onDelete) ? ` (${emptied.join(', ')})` : ''}`
  const deferral = key.deferrable ? `deferrable initially ${key.deferred ? 'deferred' : 'immediate'}` : ''
  await client.query(
    `alter table ${key.table} add constraint ${escapeIdentifier(key.name)}
     foreign key (${[tenantColumn, ...key.columns].join(', ')})
     references ${key.target} (${[tenantColumn, ...key.targetColumns].join(', ')})
     on delete ${onDelete} on update ${actions[key.onUpdate]} ${deferral}`,
  )
}
