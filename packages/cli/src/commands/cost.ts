import { Command } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { costOf, costTable } from '../cost-table.ts'
import { readTime } from '../read-time.ts'

interface CostFlags {
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

/** `tenantry cost`: what each tenant costs, or one of them by service and what that is made of. */
export function costCommand(): Command {
  return new Command('cost')
    .description(
      'what each tenant costs, or one of them by service: the last day unless other hours are named',
    )
    .argument('[tenant]')
    .option('--from <time>', 'the first hour, as `2026-11-01` or `2026-11-01T10:00:00Z`', readTime)
    .option('--to <time>', 'until then', readTime)
    .option('--json', 'as JSON')
    .action(async (tenant: string | undefined, { json, ...asked }: CostFlags) => {
      const controlPlane = connectControlPlane()
      // Who costs nothing is no fault, who does not exist is.
      if (tenant !== undefined) await controlPlane.tenant(tenant)
      const all = await controlPlane.cost(asked)
      const answer = tenant === undefined ? all : costOf(all, tenant)
      console.log(
        json ? JSON.stringify(answer, undefined, 2) : costTable(answer, { oneTenant: tenant !== undefined }),
      )
    })
}
