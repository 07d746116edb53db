import type { TenantAnswer } from '@tenantry/platform'
import { Command } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { describeLimits } from '../describe-limits.ts'
import { placementTable } from '../placement-table.ts'
import { bold } from '../styles.ts'
import { table } from '../table.ts'

/** `tenantry tenant …`: who the tenants are, and their life. */
export function tenantCommand(): Command {
  const command = new Command('tenant').description('list, show, onboard, suspend and activate tenants')

  command
    .command('list')
    .description('all tenants and where they run')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const tenants = await connectControlPlane().tenants()
      console.log(json ? JSON.stringify(tenants, undefined, 2) : placementTable(tenants))
    })

  command
    .command('show <id>')
    .description('one tenant')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      show(await connectControlPlane().tenant(id), options),
    )

  command
    .command('onboard <id>')
    .description('bring a new tenant into the running system')
    .requiredOption('--tier <tier>', 'what it pays for, as tenantry.config.ts declares')
    .option('--json', 'as JSON')
    .action(async (id: string, { tier, json }: { tier: string; json?: boolean }) =>
      show(await connectControlPlane().onboard(id, tier), { json }),
    )

  command
    .command('suspend <id>')
    .description('refuse the tenant everywhere, within 5 s')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      show(await connectControlPlane().suspend(id), options),
    )

  command
    .command('activate <id>')
    .description('serve a suspended tenant again')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      show(await connectControlPlane().activate(id), options),
    )

  return command
}

function show(tenant: TenantAnswer, { json }: { json?: boolean | undefined }): void {
  if (json) {
    console.log(JSON.stringify(tenant, undefined, 2))
    return
  }
  const rows = [
    [bold('tenant'), tenant.id],
    [bold('tier'), tenant.tier],
    [bold('status'), tenant.status],
    [bold('silo'), tenant.silo ?? 'none'],
    [bold('limits'), describeLimits(tenant.limits)],
    ...Object.entries(tenant.placement).map(([service, kind]) => [
      bold(service),
      kind === 'silo' ? 'own' : 'pool',
    ]),
    [bold('since'), tenant.createdAt],
  ]
  console.log(table(rows))
}
