import type { AuditRule } from './audit-rule.ts'

const isUuid = (relation: string, column: string) =>
  `(select a.atttypid = 'uuid'::regtype from pg_attribute a where a.attrelid = ${relation} and a.attnum = ${column})`

/** Keys and indexes: what is checked past row-level security. */
export const keyRules: AuditRule[] = [
  {
    name: 'UNIQUE_ACROSS_TENANTS',
    severity: 'hole',
    fact: 'a unique key tells of no value that another tenant has; ids that nobody can guess apart',
    mend: 'run `tenantry migrate`, which puts the tenant in front',
    sql: `select t.object, 'the index ' || i.indexrelid::regclass || ' is unique for all tenants' as detail
      from guarded t join pg_index i on i.indrelid = t.oid and i.indisunique
      where t.tenant_column is not null and t.tenant_column <> all (i.indkey[0:i.indnkeyatts - 1])
        and not (i.indisprimary and i.indnkeyatts = 1 and ${isUuid('t.oid', 'i.indkey[0]')})`,
  },
  {
    name: 'EXCLUSION_ACROSS_TENANTS',
    severity: 'hole',
    fact: 'an exclusion constraint holds within a tenant',
    mend: 'run `tenantry migrate`, which puts the tenant in front',
    sql: `select t.object, 'the constraint ' || quote_ident(c.conname) || ' excludes across tenants' as detail
      from guarded t join pg_constraint c on c.conrelid = t.oid and c.contype = 'x'
      where t.tenant_column is not null and t.tenant_column <> all (c.conkey)`,
  },
  {
    name: 'FOREIGN_KEY_ACROSS_TENANTS',
    severity: 'hole',
    fact: 'a foreign key joins rows of one tenant',
    mend: 'run `tenantry migrate`, which puts the tenant in front',
    sql: `select c.conrelid::regclass::text as object,
        'the foreign key ' || quote_ident(c.conname) || ' goes across tenants' as detail
      from pg_constraint c join guarded target on target.oid = c.confrelid
      left join guarded t on t.oid = c.conrelid
      where c.contype = 'f' and target.tenant_column is not null and not exists (
        select from unnest(c.conkey, c.confkey) k(own, other)
        where k.own = t.tenant_column and k.other = target.tenant_column)`,
  },
  {
    name: 'FOREIGN_KEY_UNCHECKED',
    severity: 'weaker',
    fact: 'foreign keys are checked, for old rows and new',
    mend: 'alter table … validate constraint …, or enable its triggers',
    sql: `select c.conrelid::regclass::text as object, 'the foreign key ' || quote_ident(c.conname) || ' is not checked' as detail
      from pg_constraint c join guarded t on t.oid = c.conrelid
      where c.contype = 'f' and (not c.convalidated
        or exists (select from pg_trigger g where g.tgconstraint = c.oid and g.tgenabled = 'D'))`,
  },
  {
    name: 'INDEX_NOT_LED',
    severity: 'weaker',
    fact: 'an index begins with the tenant, so that no scan tells of others’ rows',
    mend: 'run `tenantry migrate`, which puts the tenant in front',
    sql: `select t.object, 'the index ' || i.indexrelid::regclass || ' does not begin with the tenant' as detail
      from guarded t join pg_index i on i.indrelid = t.oid join pg_class c on c.oid = i.indexrelid
      join pg_am m on m.oid = c.relam and m.amname in ('btree', 'hash', 'brin')
      where t.tenant_column is not null and i.indkey[0] <> t.tenant_column
        and not (i.indisprimary and i.indnkeyatts = 1 and ${isUuid('t.oid', 'i.indkey[0]')})`,
  },
  {
    name: 'INDEX_TELLS',
    severity: 'weaker',
    fact: 'no index of another kind tells whether any tenant has a number, a time or a text',
    mend: 'use a B-tree there; SECURITY.md says what can be learned',
    // Only operators that are leakproof are looked up before the policy has spoken.
    sql: `select distinct t.object, 'the index ' || i.indexrelid::regclass || ' is ' || upper(m.amname) as detail
      from guarded t join pg_index i on i.indrelid = t.oid join pg_class c on c.oid = i.indexrelid
      join pg_am m on m.oid = c.relam and m.amname in ('gist', 'spgist', 'gin')
      cross join unnest(i.indclass) k(opclass) join pg_opclass f on f.oid = k.opclass
      join pg_amop o on o.amopfamily = f.opcfamily join pg_operator x on x.oid = o.amopopr
      join pg_proc p on p.oid = x.oprcode and p.proleakproof
      where t.tenant_column is not null and i.indkey[0] <> t.tenant_column`,
  },
]
