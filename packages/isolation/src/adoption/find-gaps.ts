import type { ClientBase } from 'pg'
import { type AdoptedTable, qualifiedName } from './adoption-policy.ts'
import { type AdoptionTarget, columnTypes } from './adoption-target.ts'

/** Something that adopting does not protect, or not wholly. */
export interface AdoptionGap {
  /** `hole`: another tenant's rows can be reached through it. `weaker`: something of them can be told, or availability hurt. */
  readonly severity: 'hole' | 'weaker'
  /** As SQL would name it. */
  readonly object: string
  readonly why: string
  readonly mend: string
}

interface Question {
  readonly severity: AdoptionGap['severity']
  readonly mend: string
  /** Gives `object` and `why`; $1 is the schema, $2 the column, $3 the role, $4 the column's possible types. */
  readonly sql: string
}

// What the tables with the column are, and what the role may do.
const terms = `
with home as (select oid from pg_namespace where nspname = $1),
actor as (select r.* from pg_roles r where r.rolname = $3),
relation as (
  select c.*, a.attnum as tenant_column, format_type(a.atttypid, null) as tenant_type,
    format('%I.%I', n.nspname, c.relname) as object, n.nspname = $1 as is_home
  from actor, pg_class c join pg_namespace n on n.oid = c.relnamespace
  left join pg_attribute a on a.attrelid = c.oid and a.attname = $2 and not a.attisdropped
  where n.nspname = $1 or n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'tenantry')
    and has_schema_privilege(actor.oid, n.oid, 'USAGE')
), adopted as (
  select * from relation where is_home and relkind in ('r', 'p') and tenant_type = any ($4)
)`

const may = (right: string) => `has_table_privilege((select oid from actor), c.oid, '${right}')`

const questions: readonly Question[] = [
  {
    severity: 'hole',
    mend: 'let the service connect as a role that is neither a superuser nor has BYPASSRLS',
    sql: `select quote_ident(rolname) as object, case when rolsuper then 'is a superuser' else 'has BYPASSRLS' end
      || ': no policy binds it' as why from actor where rolsuper or rolbypassrls`,
  },
  {
    severity: 'hole',
    mend: 'let a role own the tables that the service does not connect as',
    sql: `select c.object, 'belongs to ' || quote_ident(o.rolname) || ', whom the service can act as: it could switch the policy off' as why
      from adopted c join pg_roles o on o.oid = c.relowner, actor
      where pg_has_role(actor.oid, o.oid, 'USAGE') and not actor.rolsuper`,
  },
  {
    severity: 'hole',
    mend: 'revoke that role from the service’s',
    sql: `select quote_ident(o.rolname) as object, 'can be put on by the service with set role, and no policy of ours is for it' as why
      from pg_roles o, actor where o.oid <> actor.oid and not actor.rolsuper and pg_has_role(actor.oid, o.oid, 'SET')`,
  },
  {
    severity: 'weaker',
    mend: 'revoke temporary on the database from public, and create on the schema',
    sql: `select quote_ident(actor.rolname) as object, 'can make tables of its own beside those that are protected' as why
      from actor, home where not actor.rolsuper and (has_database_privilege(actor.oid, current_database(), 'TEMP')
        or has_schema_privilege(actor.oid, home.oid, 'CREATE'))`,
  },
  {
    severity: 'hole',
    mend: 'add the tenant column, or keep it as reference data that the service may only read',
    sql: `select c.object, case when c.tenant_column is null then 'has no such column'
        else 'has the column as ' || c.tenant_type end as why
      from relation c where c.relkind in ('r', 'p') and (c.tenant_type is null or c.tenant_type <> all ($4))
        and (${may('INSERT')} or ${may('UPDATE')} or ${may('DELETE')})`,
  },
  {
    severity: 'hole',
    mend: 'adopt that schema as well, with --schema, or revoke what the service may do there',
    sql: `select c.object, 'has the column, and is in another schema' as why from actor, relation c
      where not c.is_home and c.relkind in ('r', 'p') and c.tenant_type = any ($4)
        and (${may('SELECT')} or ${may('INSERT')} or ${may('UPDATE')} or ${may('DELETE')})
        and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenantry_adopted' and actor.oid = any (p.polroles))`,
  },
  {
    severity: 'hole',
    mend: 'revoke it from the service’s role: no policy guards a foreign table',
    sql: `select c.object, 'is a foreign table' as why from relation c where c.relkind = 'f'
      and (${may('SELECT')} or ${may('INSERT')} or ${may('UPDATE')} or ${may('DELETE')})`,
  },
  {
    severity: 'weaker',
    mend: 'nothing, if its rows are meant for every tenant; otherwise add the tenant column',
    sql: `select c.object, 'has no such column, and the service reads it' as why
      from relation c where c.relkind in ('r', 'p') and c.tenant_column is null
        and ${may('SELECT')} and not (${may('INSERT')} or ${may('UPDATE')} or ${may('DELETE')})`,
  },
  {
    severity: 'hole',
    mend: 'alter view … set (security_invoker = true)',
    sql: `select c.object, 'reads with the rights of its owner' as why from relation c
      where c.relkind = 'v' and ${may('SELECT')}
        and not coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on,security_invoker=1}'
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`,
  },
  {
    severity: 'hole',
    mend: 'revoke it from the service’s role: no policy guards a materialized view',
    sql: `select c.object, 'holds rows of all tenants' as why from relation c where c.relkind = 'm' and ${may('SELECT')}`,
  },
  {
    severity: 'hole',
    mend: 'revoke truncate from the service’s role',
    sql: `select c.object, 'can be truncated past every policy' as why from adopted c, actor
      where ${may('TRUNCATE')} and not actor.rolsuper and not pg_has_role(actor.oid, c.relowner, 'USAGE')`,
  },
  {
    severity: 'hole',
    mend: 'revoke trigger from the service’s role',
    sql: `select c.object, 'takes triggers of the service''s own, which see rows of every tenant' as why from adopted c, actor
      where ${may('TRIGGER')} and not actor.rolsuper and not pg_has_role(actor.oid, c.relowner, 'USAGE')`,
  },
  {
    severity: 'hole',
    mend: 'alter function … security invoker, or revoke execute from the service’s role',
    sql: `select p.oid::regprocedure::text as object, 'runs with the rights of ' || p.proowner::regrole as why
      from pg_proc p, actor where p.prosecdef and p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and p.pronamespace <> coalesce(to_regnamespace('tenantry')::oid, 0)
        and has_function_privilege(actor.oid, p.oid, 'EXECUTE') and p.proowner <> actor.oid`,
  },
  {
    severity: 'weaker',
    mend: 'make it unique together with the tenant column',
    sql: `select c.object, 'the unique index ' || quote_ident(x.relname) || ' tells whether any tenant has a value' as why
      from adopted c join pg_index i on i.indrelid = c.oid and i.indisunique join pg_class x on x.oid = i.indexrelid
      where c.tenant_column <> all (i.indkey[0:i.indnkeyatts - 1]) and not (i.indisprimary and i.indnkeyatts = 1 and exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0] and a.atttypid = 'uuid'::regtype))`,
  },
  {
    // PostgreSQL asks a policy before every condition that is not leakproof, so such a condition finds no rows by an index.
    severity: 'weaker',
    mend: 'have an index that begins with the tenant column, by which enforced tables are read; try such searches on a copy before a large table is observed',
    sql: `select c.object, 'the index ' || quote_ident(x.relname) || ' finds nothing for the service from mode observe on: its conditions could leak' as why
      from adopted c join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid
      join pg_opclass k on k.oid = i.indclass[0], actor
      where not actor.rolsuper and (i.indkey[0] = 0 or k.opcname like '%\\_pattern\\_ops' or not exists (
        select from pg_amop s join pg_operator o on o.oid = s.amopopr join pg_proc f on f.oid = o.oprcode
        where s.amopfamily = k.opcfamily and s.amoppurpose = 's' and f.proleakproof))`,
  },
  {
    severity: 'weaker',
    mend: 'let it refer to the tenant column as well, with a unique key on both at the other end',
    sql: `select c.object, 'the foreign key ' || quote_ident(k.conname) || ' takes rows of any tenant' as why
      from pg_constraint k join adopted c on c.oid = k.conrelid join adopted t on t.oid = k.confrelid
      where k.contype = 'f' and not exists (select from unnest(k.conkey, k.confkey) p(own, other)
        where p.own = c.tenant_column and p.other = t.tenant_column)`,
  },
]

/** Everything that a catalog shows of what adopting cannot do, the rows without a tenant, and ids that are none. */
export async function findGaps(
  client: ClientBase,
  target: AdoptionTarget,
  tables: readonly AdoptedTable[],
): Promise<AdoptionGap[]> {
  const { schema, column, role } = target
  const gaps: AdoptionGap[] = []
  for (const { severity, mend, sql } of questions) {
    const { rows } = await client.query<{ object: string; why: string }>(
      // Every question names all four: a parameter that is nowhere has no type.
      `${terms} select object, why from (${sql}) found where $2::text is not null and $4::text[] is not null order by 1, 2`,
      [schema, column, role, columnTypes],
    )
    gaps.push(...rows.map(({ object, why }) => ({ severity, object, why, mend })))
  }
  for (const table of tables) gaps.push(...(await findRows(client, table)))
  return gaps.sort((a, b) => a.severity.localeCompare(b.severity))
}

// What `isTenantId` takes; that it is one is looked up there, and tested against this.
const tenantIds = '^[a-z0-9](-?[a-z0-9])*$'

async function findRows(client: ClientBase, table: AdoptedTable): Promise<AdoptionGap[]> {
  const object = `${table.schema}.${table.name}`
  const column = `"${table.column.replaceAll('"', '""')}"`
  const { rows } = await client.query<{ without: number; unfit: number }>(
    `select (count(*) filter (where ${column} is null))::int as without,
       (count(*) filter (where ${column}::text !~ '${tenantIds}' or length(${column}::text) > 40))::int as unfit
     from ${qualifiedName(table)}`,
  )
  const { without = 0, unfit = 0 } = rows[0] ?? {}
  const gap = (why: string, mend: string): AdoptionGap => ({ severity: 'weaker', object, why, mend })
  return [
    ...(without
      ? [
          gap(
            `rows without a tenant, which nobody will see: ${without}`,
            'give them one, and make the column not null',
          ),
        ]
      : []),
    ...(unfit
      ? [
          gap(
            `rows of a tenant whose id cannot be one: ${unfit}`,
            'use lowercase letters, digits and single hyphens, 40 at most',
          ),
        ]
      : []),
  ]
}
