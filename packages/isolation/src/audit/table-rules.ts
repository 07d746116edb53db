import { roles, tenantColumn, tenantDefault } from '../database/isolation-roles.ts'
import { shownEveryRow, shownOwnRows } from '../migration/read-tables.ts'
import type { AuditRule } from './audit-rule.ts'

const isOurs = `p.polname = 'tenantry_isolation'`
const isRelays = `p.polname = 'tenantry_relay' and t.is_system and t.name = 'outbox' and p.polroles = array['${roles.relay}'::regrole::oid]`

const isCentral = `p.polname = 'tenantry_central' and not t.is_system`

/** Whether every table’s rows are a tenant’s, and the check decides whose. */
export const tableRules: AuditRule[] = [
  {
    name: 'ROW_SECURITY_OFF',
    severity: 'hole',
    fact: 'row-level security is on for every table that is not shared',
    mend: 'run `tenantry migrate`, which puts it back',
    sql: `select object, 'row-level security is off' as detail from guarded where not relrowsecurity`,
  },
  {
    name: 'FORCE_MISSING',
    severity: 'hole',
    fact: 'it binds the owner too',
    mend: 'run `tenantry migrate`, which puts it back',
    sql: `select object, 'FORCE is missing' as detail from guarded where not relforcerowsecurity`,
  },
  {
    name: 'TENANT_COLUMN',
    severity: 'hole',
    fact: 'every row of such a table has a tenant',
    mend: `run \`tenantry migrate\`; rows without a tenant have to be given one, or deleted`,
    sql: `select t.object, case when a.attnum is null then 'there is no ${tenantColumn}'
        when not a.attnotnull then '${tenantColumn} may be null' else '${tenantColumn} is no text' end as detail
      from guarded t left join pg_attribute a on a.attrelid = t.oid and a.attnum = t.tenant_column
      where a.attnum is null or not a.attnotnull or a.atttypid <> 'text'::regtype`,
  },
  {
    name: 'TENANT_DEFAULT',
    severity: 'weaker',
    fact: 'a new row’s tenant is the lease’s',
    mend: 'run `tenantry migrate`, which puts the default back; until then the policy refuses such rows',
    sql: `select t.object, coalesce('the default is ' || pg_get_expr(d.adbin, d.adrelid), 'there is no default') as detail
      from guarded t left join pg_attrdef d on d.adrelid = t.oid and d.adnum = t.tenant_column
      where t.tenant_column is not null
        and coalesce(replace(pg_get_expr(d.adbin, d.adrelid), '::text', ''), '') <> $$${tenantDefault}$$`,
  },
  {
    name: 'POLICY_MISSING',
    severity: 'hole',
    fact: 'a policy guards each of them',
    mend: 'run `tenantry migrate`, which puts it back',
    sql: `select t.object, 'the policy tenantry_isolation is missing' as detail from guarded t
      where not exists (select from pg_policy p where p.polrelid = t.oid and ${isOurs})`,
  },
  {
    name: 'POLICY_CHANGED',
    severity: 'hole',
    fact: 'that policy asks the check, in a sub-select, for what is read and what is written',
    mend: 'run `tenantry migrate`, which puts it back',
    sql: `select t.object, concat_ws('; ',
        case when pg_get_expr(p.polqual, t.oid) is distinct from q.own
          then 'USING ' || coalesce(pg_get_expr(p.polqual, t.oid), 'is missing') end,
        case when pg_get_expr(p.polwithcheck, t.oid) is distinct from q.own
          then 'WITH CHECK ' || coalesce(pg_get_expr(p.polwithcheck, t.oid), 'is missing') end,
        case when p.polcmd <> '*' then 'for one command' end,
        case when p.polroles <> array['${roles.service}'::regrole::oid] then 'for other roles' end,
        case when not p.polpermissive then 'restrictive' end) as detail
      from guarded t join pg_policy p on p.polrelid = t.oid and ${isOurs}
      cross join (select '${shownOwnRows}' as own) q
      where pg_get_expr(p.polqual, t.oid) is distinct from q.own or pg_get_expr(p.polwithcheck, t.oid) is distinct from q.own
        or p.polcmd <> '*' or p.polroles <> array['${roles.service}'::regrole::oid] or not p.polpermissive`,
  },
  {
    name: 'POLICY_EXTRA',
    severity: 'hole',
    fact: 'no other policy lets more through',
    mend: 'drop the policy',
    sql: `select t.object, 'the policy ' || quote_ident(p.polname) || ' lets more through' as detail
      from guarded t join pg_policy p on p.polrelid = t.oid
      where p.polpermissive and not (${isOurs}) and not (${isRelays}) and not (${isCentral})`,
  },
  {
    name: 'CENTRAL_POLICY',
    severity: 'hole',
    fact: 'central work reads by a check of its own: a policy on each table that services have asks it, and lets nobody write',
    mend: 'run `tenantry migrate`, which puts it back',
    sql: `select t.object, case when p.oid is null then 'the policy tenantry_central is missing' else concat_ws('; ',
          case when pg_get_expr(p.polqual, t.oid) is distinct from q.every
            then 'USING ' || coalesce(pg_get_expr(p.polqual, t.oid), 'is missing') end,
          case when p.polcmd <> 'r' then 'for more than reading' end,
          case when p.polroles <> array['${roles.central}'::regrole::oid] then 'for other roles' end,
          case when not p.polpermissive then 'restrictive' end) end as detail
      from guarded t left join pg_policy p on p.polrelid = t.oid and ${isCentral}
      cross join (select '${shownEveryRow}' as every) q
      where not t.is_system and (p.oid is null or pg_get_expr(p.polqual, t.oid) is distinct from q.every or p.polcmd <> 'r'
        or p.polroles <> array['${roles.central}'::regrole::oid] or not p.polpermissive)`,
  },
  {
    name: 'VIEW_AS_OWNER',
    severity: 'hole',
    fact: 'a view reads as whoever asks',
    mend: 'alter view … set (security_invoker = true), or run `tenantry migrate`',
    sql: `select c.oid::regclass::text as object, 'security_invoker is off' as detail from pg_class c
      where c.relkind = 'v' and not coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on,security_invoker=1}'
        and (c.oid in (select oid from relation) or c.oid in (select oid from granted))`,
  },
  {
    name: 'RULE',
    severity: 'hole',
    fact: 'no rule rewrites what a service runs',
    mend: 'drop the rule',
    sql: `select t.object, 'the rule ' || quote_ident(r.rulename) || ' runs as the owner' as detail
      from relation t join pg_rewrite r on r.ev_class = t.oid where r.rulename <> '_RETURN'`,
  },
  {
    name: 'MATERIALIZED_VIEW',
    severity: 'weaker',
    fact: 'no copy of all tenants’ rows is kept in a service’s schema',
    mend: 'drop it, or make it a view',
    sql: `select object, 'is a materialized view' as detail from relation where kind = 'm'`,
  },
  {
    name: 'TABLE_OWNER',
    severity: 'weaker',
    fact: `${roles.owner} owns what services have`,
    mend: 'run `tenantry migrate`, which takes it over',
    sql: `select object, 'belongs to ' || relowner::regrole as detail from relation
      where relowner <> '${roles.owner}'::regrole`,
  },
  {
    name: 'PUBLICATION',
    severity: 'weaker',
    fact: 'no publication sends tenants’ rows elsewhere, where no policy holds',
    mend: 'drop publication …, or see that who subscribes is trusted with every tenant',
    sql: `select distinct t.object, 'is sent by the publication ' || quote_ident(p.pubname) as detail
      from pg_publication_tables p join guarded t on t.service = p.schemaname and t.name = p.tablename`,
  },
]
