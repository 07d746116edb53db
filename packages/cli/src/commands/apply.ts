import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ApplyAnswer,
  type ControlPlaneClient,
  configDigest,
  isTenantryError,
  type Plan,
  planChange,
  type RolloutReport,
  TenantryError,
} from '@tenantry/platform'
import { Command } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { planReport } from '../plan-report.ts'
import { type ChangedConfigOptions, changedConfigOptions, readChangedConfig } from '../read-changed-config.ts'
import { rolloutEnd, rolloutLine } from '../rollout-report.ts'

interface ApplyOptions extends ChangedConfigOptions {
  readonly yes?: boolean
  readonly json?: boolean
}

const pollMs = 150
/** For how long the control plane may be away while another takes its place. */
const awayMaxMs = 60_000

/** `tenantry apply`: makes a changed configuration hold on the running system, after it was shown and confirmed. */
export function applyCommand(): Command {
  const command = new Command('apply').description(
    'make a changed tenantry.config.ts hold on the running system, after showing its plan; exit code 0 when all of it holds',
  )
  for (const option of changedConfigOptions) command.addOption(option)
  return command.option('--yes', 'without asking').option('--json', 'as JSON').action(apply)
}

async function apply({ yes, json, ...changed }: ApplyOptions): Promise<void> {
  const { config: next, folder } = await readChangedConfig(changed)
  const controlPlane = connectControlPlane()
  const [inForce, tenants] = await Promise.all([controlPlane.config(), controlPlane.tenants()])
  const plan = planChange({ inForce, next, tenants })
  if (!json) console.log(planReport(plan))
  if (plan.outcome !== 'changes' || plan.differences.some(({ restart }) => restart)) {
    if (json) printJson(plan, null)
    process.exitCode = plan.outcome === 'nothing' ? 0 : 1
    return
  }
  if (!(yes || (await isConfirmed()))) {
    console.error('nothing was changed')
    process.exitCode = 1
    return
  }
  const begun = await controlPlane.apply(next, { folder, against: configDigest(inForce) })
  const report = await follow(controlPlane, begun, (line) => json || console.log(line))
  if (json) printJson(plan, report)
  else if (report) console.log(`\n${rolloutEnd(report)}`)
  process.exitCode = report?.state === 'failed' ? 1 : 0
}

async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new TenantryError('APPLY_UNCONFIRMED', 'there is no terminal to confirm it on', {
      help: 'look at the plan, and run `npx tenantry apply --yes`',
    })
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await terminal.question('\nMake it so? Only `yes` does: ')
    return answer.trim() === 'yes'
  } finally {
    terminal.close()
  }
}

/** Tells each step, and settles when the rollout is over. */
async function follow(
  controlPlane: ControlPlaneClient,
  { rollout }: ApplyAnswer,
  tell: (line: string) => void,
): Promise<RolloutReport | null> {
  if (!rollout) return null
  let told = 0
  let answeredAtMs = Date.now()
  for (;;) {
    const report = await controlPlane.rollout().catch((error: unknown) => {
      if (!isTenantryError(error) || error.status !== 503 || Date.now() - answeredAtMs > awayMaxMs)
        throw error
    })
    if (report) {
      answeredAtMs = Date.now()
      if (report.id !== rollout.id) throw replaced()
      for (const step of report.steps.slice(told)) tell(rolloutLine(step))
      told = report.steps.length
      if (report.state !== 'running') return report
    }
    await sleep(pollMs)
  }
}

function printJson(plan: Plan, rollout: RolloutReport | null): void {
  console.log(JSON.stringify({ plan, rollout }, undefined, 2))
}

function replaced(): TenantryError {
  return new TenantryError('APPLY_UNKNOWN', 'another configuration was applied meanwhile', {
    help: 'run `npx tenantry plan`, which says what is in force',
  })
}
