import { TenantryError } from '@tenantry/context'
import type { ClientBase } from 'pg'
import { type AdoptedTable, adoptTableSql, releaseTableSql } from './adoption-policy.ts'
import { grantAdoptionSql } from './adoption-schema.ts'
import { type AdoptionTarget, columnTypes } from './adoption-target.ts'
import { type AdoptionGap, findGaps } from './find-gaps.ts'

/** A table that has the tenant column. */
export interface AdoptableTable extends AdoptedTable {
  readonly hadSecurity: boolean
  readonly wasForced: boolean
  /** The service's role owns it: without FORCE its policies would not bind. */
  readonly isOwner: boolean
  /** About how many rows it has, as the last `analyze` counted; -1 when there was none. */
  readonly rows: number
}

/** What adopting a database comes to, before anything is done. */
export interface AdoptionPlan {
  readonly target: AdoptionTarget
  readonly tables: readonly AdoptableTable[]
  /** What is not protected, or not wholly, and why. */
  readonly gaps: readonly AdoptionGap[]
  /** SQL to review, in its order, after the locked schema `tenantry` is there. */
  readonly statements: readonly string[]
  /** The way back, in its order, before the schema `tenantry` goes with its keys and roles. */
  readonly undo: readonly string[]
}

/**
 * Looks at a database that others use, and says what adopting it would do; it changes nothing. `client` reads every table of
 * the schema. Throws `ADOPT_NO_ROLE`, `ADOPT_NO_SCHEMA`, or `ADOPT_NO_TABLE` when no table has the column.
 */
export async function planAdoption(client: ClientBase, target: AdoptionTarget): Promise<AdoptionPlan> {
  await requireNamed(client, target)
  const tables = await readTables(client, target)
  if (tables.length === 0) {
    throw new TenantryError(
      'ADOPT_NO_TABLE',
      `no table of \`${target.schema}\` has a column \`${target.column}\``,
      {
        help: `name the tenant column and its schema; its type has to be one of ${columnTypes.join(', ')}`,
      },
    )
  }
  return {
    target,
    tables,
    gaps: await findGaps(client, target, tables),
    statements: [
      grantAdoptionSql(target.role),
      ...tables.flatMap((table) => adoptTableSql(table, { mode: 'observe', ...table })),
    ],
    undo: tables.flatMap((table) => releaseTableSql(table, table)),
  }
}

/** The tables of the schema that have the tenant column, in a type that it may have, partitions included. */
async function readTables(
  client: ClientBase,
  { schema, column, role }: AdoptionTarget,
): Promise<AdoptableTable[]> {
  const { rows } = await client.query<Omit<AdoptableTable, 'schema' | 'column' | 'role'>>(
    `select c.relname as name, format_type(a.atttypid, null) as type, c.relrowsecurity and not exists (
         select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenantry_open') as "hadSecurity",
       c.relforcerowsecurity as "wasForced", c.relowner = r.oid as "isOwner", c.reltuples as rows
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = $2 and not a.attisdropped
     join pg_roles r on r.rolname = $3
     where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and format_type(a.atttypid, null) = any ($4)
     order by c.relname`,
    [`"${schema.replaceAll('"', '""')}"`, column, role, columnTypes],
  )
  return rows.map((row) => ({ ...row, schema, column, role }))
}

async function requireNamed(client: ClientBase, { schema, role }: AdoptionTarget): Promise<void> {
  const { rows } = await client.query<{ role: boolean; schema: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as role,
       exists (select from pg_namespace where nspname = $2) as schema`,
    [role, schema],
  )
  if (!rows[0]?.role) {
    throw new TenantryError('ADOPT_NO_ROLE', `there is no role \`${role}\``, {
      help: 'name the role that the service connects as',
    })
  }
  if (!rows[0].schema) {
    throw new TenantryError('ADOPT_NO_SCHEMA', `there is no schema \`${schema}\``, {
      help: 'name the schema that the service’s tables are in',
    })
  }
}
