import { type Plan, planChange } from '@tenantry/platform'
import { Command } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { planReport } from '../plan-report.ts'
import { type ChangedConfigOptions, changedConfigOptions, readChangedConfig } from '../read-changed-config.ts'

interface PlanOptions extends ChangedConfigOptions {
  readonly json?: boolean
}

/** What a script finds of each outcome; 1 is also what any other error ends with. */
const exitCodes: Record<Plan['outcome'], number> = { nothing: 0, changes: 2, refused: 1 }

/** `tenantry plan`: what a changed configuration would do to whom, against the running system. It changes nothing. */
export function planCommand(): Command {
  const command = new Command('plan').description(
    'what a changed tenantry.config.ts would do to whom; exit code 0 for nothing, 2 for changes, 1 for refused ones',
  )
  for (const option of changedConfigOptions) command.addOption(option)
  return command.option('--json', 'as JSON').action(plan)
}

async function plan({ json, ...changed }: PlanOptions): Promise<void> {
  const { config: next } = await readChangedConfig(changed)
  const controlPlane = connectControlPlane()
  const [inForce, tenants] = await Promise.all([controlPlane.config(), controlPlane.tenants()])
  const found = planChange({ inForce, next, tenants })
  console.log(json ? JSON.stringify(found, undefined, 2) : planReport(found))
  process.exitCode = exitCodes[found.outcome]
}
