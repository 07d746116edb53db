import type { ClientBase } from 'pg'
import type { AuditFinding, DatabaseAudit } from '../audit/audit-database.ts'
import { qualifiedName } from './adoption-policy.ts'
import { readAdoption, readRequestModes } from './adoption-record.ts'
import type { AdoptionTarget } from './adoption-target.ts'
import type { AdoptionGap } from './find-gaps.ts'
import { planAdoption } from './plan-adoption.ts'

/**
 * What isolation is worth in a database that was adopted: every table that is not enforced yet is a hole, and so is every gap of
 * its plan that is one. It changes nothing. Throws as `planAdoption` does.
 */
export async function auditAdoption(client: ClientBase, target: AdoptionTarget): Promise<DatabaseAudit> {
  const plan = await planAdoption(client, target)
  const [adopted, requests] = [await readAdoption(client), await readRequestModes(client)]
  // What holds another role holds nobody else.
  const own = adopted.filter(({ role }) => role === target.role)
  const modes = new Map(own.map((table) => [qualifiedName(table), table.mode]))
  const open = plan.tables.flatMap((table): AuditFinding[] => {
    const mode = modes.get(qualifiedName(table))
    if (mode === 'enforce') return []
    const [detail, mend] = mode
      ? [`is in mode ${mode}: rows of every tenant are shown`, `--mode enforce --table ${table.name}`]
      : ['has the tenant column, and was not adopted', '--apply']
    const object = `${table.schema}.${table.name}`
    return [
      { name: 'NOT_ENFORCED', severity: 'hole', object, detail, mend: `run \`tenantry adopt\` with ${mend}` },
    ]
  })
  const mode = requests.get(target.role)
  const { rows } = await client.query<{ database: string; serverVersion: string }>(
    `select current_database() as database, current_setting('server_version') as "serverVersion"`,
  )
  return {
    ...(rows[0] ?? { database: '', serverVersion: '' }),
    tables: { protected: plan.tables.length - open.length, shared: 0 },
    enforced: [],
    findings: [...open, ...(mode === 'enforce' ? [] : [letIn(mode)]), ...plan.gaps.map(ofGap)],
  }
}

function letIn(mode = 'observe'): AuditFinding {
  return {
    name: 'REQUESTS_LET_IN',
    severity: 'weaker',
    object: 'requests',
    detail: `for no tenant are let in, in mode ${mode}; enforced tables refuse their statements`,
    mend: 'run `tenantry adopt` with --mode enforce --requests',
  }
}

function ofGap({ severity, object, why, mend }: AdoptionGap): AuditFinding {
  return { name: 'ADOPTION_GAP', severity, object, detail: why, mend }
}
