import { type LimitChanges, TenantryError } from '@tenantry/platform'
import { Command, InvalidArgumentError } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { describeLimits } from '../describe-limits.ts'
import { bold, green } from '../styles.ts'

interface LimitFlags {
  readonly requestsPerSecond?: number
  readonly concurrency?: number
  readonly weight?: number
}

/** `tenantry limit …`: what one tenant may ask for in place of what its tier says, changed while the system runs. */
export function limitCommand(): Command {
  return new Command('limit')
    .description('change the limits of one tenant, everywhere within 5 s')
    .argument('<tenant>')
    .option('--requests-per-second <n>', 'how many requests it may send in a second, over time', readNumber)
    .option('--concurrency <n>', 'how many of its requests may be under way at once', readNumber)
    .option('--weight <n>', 'its share of a busy deployment, beside other tenants', readNumber)
    .option('--clear', 'go back to its tier’s limits, but for those named beside it')
    .option('--json', 'as JSON')
    .action(
      async (id: string, { clear, json, ...named }: LimitFlags & { clear?: boolean; json?: boolean }) => {
        const tenant = await connectControlPlane().limit(id, changesOf(named, clear))
        if (json) console.log(JSON.stringify(tenant, undefined, 2))
        else console.log(`${green('✓')} ${bold(tenant.id)}: ${describeLimits(tenant.limits)}`)
      },
    )
}

function changesOf(named: LimitFlags, clear = false): LimitChanges {
  if (clear) return { requestsPerSecond: null, concurrency: null, weight: null, ...named }
  if (Object.keys(named).length > 0) return named
  throw new TenantryError('LIMIT_MISSING', 'nothing is to be changed', {
    help: 'name a limit, such as `--requests-per-second 100`, or `--clear`; `tenantry tenant show` tells what holds',
  })
}

function readNumber(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('give a number above 0')
}
