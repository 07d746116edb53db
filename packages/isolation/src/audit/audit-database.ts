import { TenantryError } from '@tenantry/context'
import type { ClientBase } from 'pg'
import type { SystemTable } from '../migration/migrate-service.ts'
import type { AuditRule, Severity } from './audit-rule.ts'
import { catalogTerms } from './catalog-terms.ts'
import { codeRules } from './code-rules.ts'
import { grantRules } from './grant-rules.ts'
import { keyRules } from './key-rules.ts'
import { roleRules } from './role-rules.ts'
import { serverRules } from './server-rules.ts'
import { tableRules } from './table-rules.ts'

/** Every question of an audit, in the order of a report. */
export const auditRules: readonly AuditRule[] = [
  ...tableRules,
  ...keyRules,
  ...grantRules,
  ...roleRules,
  ...codeRules,
  ...serverRules,
]

/** One place where something does not hold. */
export interface AuditFinding {
  /** The rule's name; what it means is in `docs/reference/audit.md`. */
  readonly name: string
  readonly severity: Severity
  /** The table, role, function or setting, as SQL would name it. */
  readonly object: string
  readonly detail: string
  /** The next step. */
  readonly mend: string
}

/** What a database's catalog shows of isolation. */
export interface DatabaseAudit {
  readonly database: string
  readonly serverVersion: string
  /** How many tables are protected, of how many that services have. */
  readonly tables: { readonly protected: number; readonly shared: number }
  /** What holds, by the name of the rule that asked. */
  readonly enforced: readonly { readonly name: string; readonly fact: string }[]
  readonly findings: readonly AuditFinding[]
}

/** What was declared, for what a catalog alone cannot tell: the record of it lies in the database as well. */
export interface AuditOptions {
  /** By service, the tables of reference data. Without it, what the database has on record is believed. */
  readonly shared?: ReadonlyMap<string, readonly string[]>
  /** The platform's tables in every service's schema, and what a service may do with each. */
  readonly systemTables?: readonly Pick<SystemTable, 'name' | 'serviceGrants'>[]
  /** The services that were granted central work. */
  readonly central?: ReadonlySet<string>
}

/**
 * Reads what is enforced in a database, and every hole that its catalog shows, in one transaction that writes nothing.
 * `client` is the provisioning role; what it may not read is a finding as well, `NOT_READ`. Throws `AUDIT_NOT_INSTALLED` when
 * the database was never made to verify leases.
 */
export async function auditDatabase(client: ClientBase, options: AuditOptions = {}): Promise<DatabaseAudit> {
  await client.query('begin isolation level repeatable read read only')
  try {
    return await readAudit(client, options)
  } finally {
    await client.query('rollback')
  }
}

/** The same, inside a transaction of the caller's: what it has changed so far is seen. */
export async function readAudit(client: ClientBase, options: AuditOptions = {}): Promise<DatabaseAudit> {
  // Names are printed with their schemas, and nothing that lies in one is called in a system function's place.
  await client.query('set local search_path = pg_catalog, pg_temp')
  await requireInstalled(client)
  const findings = [
    ...(await ask(client)),
    ...(await findUndeclared(client, options)),
    ...(await findUngranted(client, options)),
  ]
  const found = new Set(findings.flatMap(({ name, object }) => [name, object]))
  const enforced = auditRules.filter(({ name }) => !found.has(name)).map(({ name, fact }) => ({ name, fact }))
  return { ...(await describe(client)), enforced, findings }
}

async function requireInstalled(client: ClientBase): Promise<void> {
  const { rowCount } = await client.query(
    `select where to_regclass('tenantry.service_roles') is not null and to_regclass('tenantry.revocations') is not null`,
  )
  if (rowCount) return
  throw new TenantryError('AUDIT_NOT_INSTALLED', 'this database was not made to verify leases', {
    help: 'name a database of a placement: `tenantry migrate --status` lists them',
  })
}

async function ask(client: ClientBase): Promise<AuditFinding[]> {
  const unread = await readUnreadable(client)
  // All questions in one statement: what they speak of is read once.
  const questions = auditRules.flatMap(({ name, sql }, at) =>
    unread.has(name) ? [] : [`select ${at} as rule, object::text, detail::text from (${sql}) found`],
  )
  const { rows } = await client.query<{ rule: number; object: string; detail: string }>(
    `${catalogTerms} ${questions.join('\nunion all ')} order by rule, object, detail`,
  )
  const found = rows.flatMap(({ rule: at, object, detail }) => {
    const rule = auditRules[at]
    return rule ? [{ name: rule.name, severity: rule.severity, object, detail, mend: rule.mend }] : []
  })
  return [...found, ...[...unread].map(notRead)]
}

async function readUnreadable(client: ClientBase): Promise<Set<string>> {
  const asked = auditRules.flatMap(({ name, readable }) => (readable ? [{ name, readable }] : []))
  const { rows } = await client.query<{ name: string }>(
    asked.map(({ name, readable }) => `select '${name}' as name where not (${readable})`).join(' union all '),
  )
  return new Set(rows.map(({ name }) => name))
}

function notRead(rule: string): AuditFinding {
  return {
    name: 'NOT_READ',
    severity: 'weaker',
    object: rule,
    detail: 'could not be asked with this role’s rights',
    mend: 'audit as the role that provisions; where nobody is a superuser, ask whoever runs the server',
  }
}

/** What lies on record and was not declared: who changes the record makes a grant look as if it were meant. */
async function findUndeclared(
  client: ClientBase,
  { shared, systemTables }: AuditOptions,
): Promise<AuditFinding[]> {
  const { rows } = await client.query<{ service: string; name: string; grants: string[] | null }>(
    `select service, name, null as grants from tenantry.shared_tables
     union all select service, name, service_grants from tenantry.system_tables order by 1, 2`,
  )
  return rows.flatMap(({ service, name, grants }): AuditFinding[] => {
    const found = { severity: 'hole' as const, object: `${service}.${name}`, mend: restoreRecord }
    if (!grants) {
      if (!shared || shared.get(service)?.includes(name)) return []
      const detail = 'is on record as shared, and the configuration does not say so'
      return [{ name: 'SHARED_UNDECLARED', detail, ...found }]
    }
    const declared = systemTables?.find((table) => table.name === name)
    if (!systemTables || String(declared?.serviceGrants) === String(grants)) return []
    const detail = `is on record with ${grants.join(', ')}, and the platform gives ${declared?.serviceGrants.join(', ') ?? 'nothing'}`
    return [{ name: 'SYSTEM_TABLE_UNDECLARED', detail, ...found }]
  })
}

/** A role of central work whose service was not granted any. */
async function findUngranted(client: ClientBase, { central }: AuditOptions): Promise<AuditFinding[]> {
  if (!central) return []
  const { rows } = await client.query<{ role: string; service: string }>(
    'select role, service from tenantry.service_roles where is_central and service <> all ($1) order by 1',
    [[...central]],
  )
  return rows.map(({ role, service }) => ({
    name: 'CENTRAL_UNDECLARED',
    severity: 'hole',
    object: role,
    detail: `reads what \`${service}\` holds of every tenant, and the configuration grants it no \`central\``,
    mend: 'run `tenantry migrate`, which takes the role away; then find out who made it',
  }))
}

const restoreRecord = 'run `tenantry migrate`, which sets the record right; then find out who changed it'

async function describe(client: ClientBase): Promise<Omit<DatabaseAudit, 'enforced' | 'findings'>> {
  const { rows } = await client.query<Omit<DatabaseAudit, 'enforced' | 'findings'>>(
    `${catalogTerms} select current_database() as database, current_setting('server_version') as "serverVersion",
       json_build_object('protected', (select count(*) from guarded where tenant_column is not null),
         'shared', (select count(*) from relation where is_shared and kind in ('r', 'p'))) as tables`,
  )
  const [row] = rows
  if (!row) throw new Error('a database has a name')
  return row
}
