import { auditUrl, hasHole } from '@tenantry/platform'
import { Command } from 'commander'
import { auditFindings, auditTable, auditVerdict, enforcedFacts } from '../audit-report.ts'
import { connectControlPlane } from '../connect-control-plane.ts'

interface AuditCommandOptions {
  readonly verbose?: boolean
  readonly json?: boolean
  readonly database?: string
}

/** `tenantry audit`: what every placement's catalog shows of isolation; exit code 1 when there is a hole. */
export function auditCommand(): Command {
  return new Command('audit')
    .description('what is enforced in every placement’s database, and every hole; exit code 1 on a hole')
    .option('--verbose', 'list also what holds')
    .option('--database <url>', 'audit this database alone, without a control plane: postgres://…')
    .option('--json', 'as JSON')
    .action(audit)
}

async function audit({ verbose, json, database }: AuditCommandOptions): Promise<void> {
  const placements = database ? [await auditUrl(database)] : await connectControlPlane().audit()
  if (json) {
    console.log(JSON.stringify({ placements }, undefined, 2))
  } else {
    const parts = [
      verbose ? enforcedFacts(placements) : '',
      auditTable(placements),
      auditFindings(placements),
      auditVerdict(placements),
    ]
    console.log(parts.filter(Boolean).join('\n\n'))
  }
  if (placements.some(hasHole)) process.exitCode = 1
}
