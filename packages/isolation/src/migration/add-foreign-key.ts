import type { Constraint } from 'libpg-query'
import { type ClientBase, escapeIdentifier } from 'pg'
import { tenantColumn } from '../database/isolation-roles.ts'
import { readNames } from '../statement/walk-tree.ts'
import { chooseObjectName } from './object-name.ts'
import { qualify } from './read-tables.ts'
import { unscopable } from './scope-keys.ts'
import { withAllRows } from './with-all-rows.ts'

/** A foreign key as a statement declared it, taken out to be added within a tenant. */
export interface DeclaredForeignKey {
  readonly table: string
  readonly target: string
  /** Given for a key that stands in a column's own declaration. */
  readonly column?: string
  readonly constraint: Constraint
}

const actions: Record<string, string> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

/**
 * Adds a declared foreign key so that it joins within a tenant, with the name it would have had.
 * Throws `PROTECT_UNSUPPORTED` for one that would empty the tenant.
 */
export async function addForeignKey(
  client: ClientBase,
  schema: string,
  key: DeclaredForeignKey,
): Promise<void> {
  const { constraint } = key
  const columns = key.column === undefined ? readNames(constraint.fk_attrs) : [key.column]
  const name =
    constraint.conname ??
    (await chooseObjectName(client, schema, { table: key.table, columns, label: 'fkey' }))
  const sets = (action?: string) => action === 'n' || action === 'd'
  if ((constraint.fk_matchtype === 'f' && columns.length > 1) || sets(constraint.fk_upd_action))
    throw unscopable(name, false)
  const declared = readNames(constraint.pk_attrs)
  const target = qualify(schema, key.target)
  const targets = declared.length > 0 ? declared : await readPrimaryKey(client, target)
  const emptied = readNames(constraint.fk_del_set_cols)
  const list = (names: readonly string[], period?: boolean) =>
    names
      .map((each, at) => `${period && at === names.length - 1 ? 'period ' : ''}${escapeIdentifier(each)}`)
      .join(', ')
  const onDelete = sets(constraint.fk_del_action) ? ` (${list(emptied.length > 0 ? emptied : columns)})` : ''
  const table = qualify(schema, key.table)
  const statement = `alter table ${table} add constraint ${escapeIdentifier(name)}
       foreign key (${tenantColumn}, ${list(columns, constraint.fk_with_period)})
       references ${target} (${tenantColumn}, ${list(targets, constraint.pk_with_period)})
       on delete ${actions[constraint.fk_del_action ?? 'a']}${onDelete} on update ${actions[constraint.fk_upd_action ?? 'a']}
       ${constraint.deferrable ? `deferrable initially ${constraint.initdeferred ? 'deferred' : 'immediate'}` : ''}
       ${constraint.is_enforced === false ? 'not enforced' : ''} ${constraint.skip_validation ? 'not valid' : ''}`
  await withAllRows(client, table === target ? [table] : [table, target], () => client.query(statement))
}

async function readPrimaryKey(client: ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ column: string }>(
    `select a.attname as column from pg_constraint c, unnest(c.conkey) with ordinality k(num, at), pg_attribute a
     where c.conrelid = $1::regclass and c.contype = 'p' and a.attrelid = c.conrelid and a.attnum = k.num and a.attname <> $2
     order by k.at`,
    [table, tenantColumn],
  )
  return rows.map(({ column }) => column)
}
