import { type ClientBase, escapeIdentifier } from 'pg'
import { roles, tenantColumn, tenantDefault } from '../database/isolation-roles.ts'

/**
 * What the policy of every protected table asks. In a sub-select the check runs once for each statement; the `true` beside
 * it costs nothing, and so is looked at before any condition of the statement's own: without it, whether the check ran
 * would tell whether anybody's row fulfils the condition.
 */
export const ownRows = `(${tenantColumn}, true) = (select tenantry.tenant(), true)`

/** The same, as PostgreSQL shows it. */
export const shownOwnRows = `((${tenantColumn}, true) = ( SELECT tenantry.tenant() AS tenant,\n    true))`

/**
 * What the policy of central work asks. The first condition costs nothing, and so is looked at before any of the statement's own;
 * the second makes an index that begins with the tenant ask before it is read.
 */
export const everyRow = `(select tenantry.central() is not null) and ${tenantColumn} >= (select tenantry.central())`

/** The same, as PostgreSQL shows it. */
export const shownEveryRow = `(( SELECT (tenantry.central() IS NOT NULL)) AND (${tenantColumn} >= ( SELECT tenantry.central() AS central)))`

/** A table of a service's schema, as the catalog shows it now. */
export interface Table {
  readonly name: string
  /** Qualified and quoted. */
  readonly qualified: string
  readonly isPartition: boolean
  /** Declared as shared reference data. */
  readonly isShared: boolean
  /** The platform's own. */
  readonly isSystem: boolean
  /** It has the hidden tenant column. */
  readonly isProtected: boolean
  /** The hidden column is as it has to be: never empty, and filled by the lease. */
  readonly isFilled: boolean
  /** Row-level security is on, for the owner too. */
  readonly isForced: boolean
  readonly hasPolicy: boolean
  /** It has the policy of central work, as it has to be. */
  readonly hasCentralPolicy: boolean
  readonly columns: string[]
  readonly uuidColumns: string[]
}

/** Reads the tables of a schema by name: plain, partitioned and partitions. */
export async function readTables(client: ClientBase, schema: string): Promise<Map<string, Table>> {
  const { rows } = await client.query<Table>(
    `select c.relname as name, format('%I.%I', n.nspname, c.relname) as qualified, c.relispartition as "isPartition",
       exists (select from tenantry.shared_tables s where s.service = n.nspname and s.name = c.relname) as "isShared",
       exists (select from tenantry.system_tables s where s.service = n.nspname and s.name = c.relname) as "isSystem",
       h.attnum is not null as "isProtected",
       coalesce(h.attnotnull and replace(pg_get_expr(d.adbin, d.adrelid), '::text', '') = $3, false) as "isFilled",
       c.relrowsecurity and c.relforcerowsecurity as "isForced",
       exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenantry_isolation' and p.polcmd = '*'
         and p.polpermissive and p.polroles = array['${roles.service}'::regrole::oid]
         and pg_get_expr(p.polqual, c.oid) = $4 and pg_get_expr(p.polwithcheck, c.oid) = $4) as "hasPolicy",
       exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenantry_central' and p.polcmd = 'r'
         and p.polpermissive and p.polroles = array['${roles.central}'::regrole::oid]
         and pg_get_expr(p.polqual, c.oid) = $5 and p.polwithcheck is null) as "hasCentralPolicy",
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns,
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.atttypid = 'uuid'::regtype) as "uuidColumns"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     left join pg_attribute h on h.attrelid = c.oid and h.attname = $2 and not h.attisdropped
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = h.attnum
     where n.nspname = $1 and c.relkind in ('r', 'p') order by c.relispartition, c.oid`,
    [schema, tenantColumn, tenantDefault, shownOwnRows, shownEveryRow],
  )
  return new Map(rows.map((table) => [table.name, table]))
}

/** A table that a statement refers to, quoted for another. */
export function qualify(schema: string, name: string): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
}
