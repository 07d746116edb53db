import { tenantColumn } from '../database/isolation-roles.ts'

/** What a protected table looks like to a service. */
export interface TableShape {
  /** Quoted, in their order, without the hidden one. */
  readonly columns: readonly string[]
  /** False when columns were added since the table was protected: then values in their order would miss it. */
  readonly hiddenIsLast: boolean
  /** Quoted, as declared; none where there is none, or where it needs no tenant. */
  readonly primaryKey: readonly string[]
}

/** What a service's statements can meet in its database. */
export interface TableShapes {
  /** The schema whose tables go by their bare names. */
  readonly schema: string
  readonly tables: ReadonlyMap<string, TableShape>
  /** The names of PostgreSQL's own functions that change nothing, neither data nor the session. */
  readonly harmless: ReadonlySet<string>
  /** Whether what runs unseen, such as triggers and defaults, may change the session or read what it remembers. */
  readonly hasResidue: boolean
}

// What an expression of a table or a view calls when it changes the session, or reads what a sequence last gave.
const telling = '(currval|lastval|set_config|advisory|_to_xml|random\\s*\\(|setseed)'

const shapesText = `
select current_schema() as schema,
  (select coalesce(jsonb_agg(jsonb_build_object('name', c.relname, 'columns', t.columns, 'hiddenIsLast', t.hidden = t.last,
      'primaryKey', coalesce(k.columns, '[]'))), '[]')
    from pg_class c
    cross join lateral (
      select jsonb_agg(quote_ident(a.attname) order by a.attnum) filter (where a.attname <> '${tenantColumn}') as columns,
        max(a.attnum) filter (where a.attname = '${tenantColumn}') as hidden, max(a.attnum) as last
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) t
    left join lateral (
      select jsonb_agg(quote_ident(a.attname)) as columns
      from pg_constraint p join pg_attribute a on a.attrelid = c.oid and a.attnum = any (p.conkey[2:])
      where p.conrelid = c.oid and p.contype = 'p' and p.conkey[1] = t.hidden) k on true
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and t.hidden is not null) as tables,
  array(select proname::text from pg_proc where pronamespace = 'pg_catalog'::regnamespace
    group by proname having bool_and(provolatile <> 'v')) as harmless,
  exists (select from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'tenantry'::regnamespace)
      and l.lanname not in ('c', 'internal')
      and (p.prosrc = '' or p.prosrc ~* '(set|config|advisory|prepare|execute|listen|declare|load|random\\s*\\(|val\\s*\\()'))
  or exists (select from pg_attrdef d where pg_get_expr(d.adbin, d.adrelid) ~* '${telling}')
  or exists (select from pg_constraint c where c.contype = 'c' and pg_get_constraintdef(c.oid) ~* '${telling}')
  or exists (select from pg_class c where c.relkind = 'v' and c.relnamespace = current_schema()::regnamespace
    and pg_get_viewdef(c.oid) ~* '${telling}') as "hasResidue"`

interface ShapesRow extends Omit<TableShapes, 'tables' | 'harmless'> {
  readonly tables: (TableShape & { name: string })[]
  readonly harmless: string[]
}

// Volatile, and yet harmless: each answers something else every time, and none tells what the next will be.
const harmlessVolatile = ['gen_random_uuid', 'uuidv4', 'uuidv7', 'clock_timestamp', 'timeofday']

/** Runs a statement of ours. */
export type Query = (text: string) => Promise<{ rows: unknown[] }>

/** Reads the shapes of a service's tables, with its own role's means. */
export async function readTableShapes(query: Query): Promise<TableShapes> {
  const { rows } = await query(shapesText)
  const { tables, harmless, ...rest } = rows[0] as ShapesRow
  return {
    ...rest,
    tables: new Map(tables.map(({ name, ...table }) => [name, table])),
    harmless: new Set([...harmless, ...harmlessVolatile]),
  }
}
