import { Command, Option } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { readTime } from '../read-time.ts'
import { usageTable } from '../usage-table.ts'

interface UsageFlags {
  readonly from?: string
  readonly to?: string
  readonly by: 'hour' | 'total'
  readonly json?: boolean
  readonly csv?: boolean
  readonly cloudevents?: boolean
}

/** `tenantry usage`: what each tenant used, as a table, or as what bills are made from. */
export function usageCommand(): Command {
  return new Command('usage')
    .description(
      'what each tenant used, or one of them by service: the last day unless other hours are named',
    )
    .argument('[tenant]')
    .option('--from <time>', 'the first hour, as `2026-11-01` or `2026-11-01T10:00:00Z`', readTime)
    .option('--to <time>', 'until then', readTime)
    .addOption(
      new Option('--by <span>', 'a line for each hour, or for all')
        .choices(['hour', 'total'])
        .default('total'),
    )
    .addOption(new Option('--json', 'as JSON, with every figure').conflicts(['csv', 'cloudevents']))
    .addOption(new Option('--csv', 'as CSV').conflicts('cloudevents'))
    .option('--cloudevents', 'as CloudEvents, one a line for each hour that is over')
    .action(async (tenant: string | undefined, { json, csv, cloudevents, ...asked }: UsageFlags) => {
      const controlPlane = connectControlPlane()
      const query = { ...asked, ...(tenant !== undefined && { tenant }) }
      if (csv || cloudevents) {
        for await (const piece of controlPlane.usageText(csv ? 'csv' : 'cloudevents', query))
          process.stdout.write(piece)
        return
      }
      const answer = await controlPlane.usage(query)
      console.log(
        json ? JSON.stringify(answer, undefined, 2) : usageTable(answer, { oneTenant: tenant !== undefined }),
      )
    })
}
