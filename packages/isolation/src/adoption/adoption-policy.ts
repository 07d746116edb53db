import { escapeIdentifier, escapeLiteral } from 'pg'
import type { AdoptionMode } from './adoption-mode.ts'

/** A table that is to be adopted, or is, as far as its policies have to know it. */
export interface AdoptedTable {
  readonly schema: string
  readonly name: string
  /** The tenant column, as it was found. */
  readonly column: string
  /** The column's type, as PostgreSQL writes it. */
  readonly type: string
  /** The role that the service connects as. */
  readonly role: string
}

/** The table's name in SQL. */
export function qualifiedName({ schema, name }: Pick<AdoptedTable, 'schema' | 'name'>): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
}

/**
 * What brings a table under its policies, in a mode. The first policy keeps every role where it was, because row-level
 * security shuts out whoever no policy lets in; a table that had row-level security has policies of its own, and keeps
 * them. The second narrows the service's role.
 */
export function adoptTableSql(
  table: AdoptedTable,
  { mode, hadSecurity, isOwner }: { mode: AdoptionMode; hadSecurity: boolean; isOwner: boolean },
): string[] {
  const name = qualifiedName(table)
  return [
    ...(hadSecurity
      ? []
      : [`create policy tenantry_open on ${name} as permissive to public using (true) with check (true)`]),
    `create policy tenantry_adopted on ${name} as restrictive to ${escapeIdentifier(table.role)} ${policyBody(table, mode)}`,
    ...(hadSecurity ? [] : [`alter table ${name} enable row level security`]),
    // An owner is bound by its own table's policies only then.
    ...(isOwner ? [`alter table ${name} force row level security`] : []),
  ]
}

/** What changes the mode of a table. */
export function switchTableSql(table: AdoptedTable, mode: AdoptionMode): string {
  return `alter policy tenantry_adopted on ${qualifiedName(table)} ${policyBody(table, mode)}`
}

/** What gives a table back as it was. */
export function releaseTableSql(
  table: Pick<AdoptedTable, 'schema' | 'name'>,
  { hadSecurity, wasForced }: { hadSecurity: boolean; wasForced: boolean },
): string[] {
  const name = qualifiedName(table)
  return [
    ...dropPoliciesSql(table),
    ...(hadSecurity ? [] : [`alter table ${name} disable row level security`]),
    ...(wasForced ? [] : [`alter table ${name} no force row level security`]),
  ]
}

/** What takes our policies off a table, those of them that it has. */
export function dropPoliciesSql(table: Pick<AdoptedTable, 'schema' | 'name'>): string[] {
  return ['tenantry_adopted', 'tenantry_open'].map(
    (policy) => `drop policy if exists ${policy} on ${qualifiedName(table)}`,
  )
}

function policyBody(table: AdoptedTable, mode: AdoptionMode): string {
  if (mode === 'enforce') {
    const own = ownRowsOf(table)
    return `using (${own}) with check (${own})`
  }
  const told = (deed: 'read' | 'written') => toldRowsOf(table, deed, mode === 'warn')
  return `using (${told('read')}) with check (${told('written')})`
}

// As the policy of a protected table, and for the same reasons; the tenant's id is the column's own value as text.
function ownRowsOf({ column, type }: AdoptedTable): string {
  // INVARIANT: a tenant's id is the value's own text. `042` and `0x2a` are read as the number 42, and would be its tenant.
  return `(${escapeIdentifier(column)}, true) = (select id::${type}, true from tenantry.tenant() id where id::${type}::text = id)`
}

function toldRowsOf(table: AdoptedTable, deed: 'read' | 'written', loud: boolean): string {
  const own = `(${escapeIdentifier(table.column)}::text = (select tenantry.held())) is true`
  return `${own} or tenantry.noticed(${escapeLiteral(qualifiedName(table))}::regclass, '${deed}', ${loud})`
}
