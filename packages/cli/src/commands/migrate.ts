import {
  type ExistingRows,
  hasFailed,
  type MigrationOptions,
  type PlacementMigrations,
} from '@tenantry/platform'
import { Command, InvalidArgumentError } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { migrationFailures, migrationTable } from '../migration-table.ts'
import { dim, green, red } from '../styles.ts'

interface MigrateOptions extends MigrationOptions {
  readonly status?: boolean
  readonly json?: boolean
}

/** `tenantry migrate`: every service's migrations over every placement; exit code 1 when one failed. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('run every service’s migrations over all placements; run it again to go on')
    .option('--status', 'only show what is applied, pending and failed')
    .option('--parallel <n>', 'how many placements at once, 1 to 8 (default: 4)', readCount)
    .option(
      '--first <placement>',
      'the one to go first and alone: a tenant, or pool (default: the newest silo)',
    )
    .option(
      '--existing-rows-of <tenant>',
      'whose the rows are that tables had before Tenantry; <service>=<tenant> for one service (repeatable)',
      readExistingRows,
    )
    .option('--json', 'as JSON')
    .action(migrate)
}

async function migrate({ status, json, ...options }: MigrateOptions): Promise<void> {
  const controlPlane = connectControlPlane()
  const startedAtMs = performance.now()
  const tell = (placement: PlacementMigrations) => {
    if (!json) console.log(describePlacement(placement, performance.now() - startedAtMs))
  }
  const placements = status ? await controlPlane.migrations() : undefined
  const outcome = placements
    ? { placements, failed: placements.some(hasFailed) }
    : await controlPlane.migrate(options, tell)
  if (json) {
    console.log(JSON.stringify(outcome, undefined, 2))
  } else {
    if (!status) console.log('')
    console.log(migrationTable(outcome.placements))
    const failures = migrationFailures(outcome.placements)
    if (failures) console.error(`\n${failures}`)
  }
  if (outcome.failed) process.exitCode = 1
}

function describePlacement(placement: PlacementMigrations, sinceMs: number): string {
  const seconds = dim(`${(sinceMs / 1000).toFixed(1)} s`.padStart(7))
  const mark = hasFailed(placement) ? red('✗') : green('✓')
  return `${mark} ${seconds}  ${placement.database} ${dim(placement.tenant ?? 'pool')}`
}

function readCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 8) return count
  throw new InvalidArgumentError('give a number from 1 to 8')
}

/** Reads `<tenant>`, for every service that is not named, or `<service>=<tenant>`. */
export function readExistingRows(text: string, before: ExistingRows = {}): ExistingRows {
  const [service, tenant, ...more] = text.includes('=') ? text.split('=') : ['*', text]
  if (!service || !tenant || more.length > 0)
    throw new InvalidArgumentError('give a tenant, or <service>=<tenant>')
  if (Object.hasOwn(before, service))
    throw new InvalidArgumentError('the rows of a service belong to one tenant')
  return { ...before, [service]: tenant }
}
