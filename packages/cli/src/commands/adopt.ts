import {
  type AdoptionMode,
  type AdoptionTarget,
  adoptAt,
  adoptionAt,
  adoptionModes,
  planAdoptionAt,
  switchAdoptionAt,
  undoAdoptionAt,
} from '@tenantry/platform'
import { Command, InvalidArgumentError, Option } from 'commander'
import { adoptedTable, adoptionPlan } from '../adoption-report.ts'
import { connectControlPlane } from '../connect-control-plane.ts'
import { green } from '../styles.ts'

interface AdoptOptions extends AdoptionTarget {
  readonly database: string
  readonly apply?: boolean
  readonly keys?: boolean
  readonly mode?: AdoptionMode
  readonly table?: string[]
  readonly status?: boolean
  readonly undo?: boolean
  readonly json?: boolean
}

/** `tenantry adopt`: brings a database that has a tenant column of its own under Tenantry, table by table, and back. */
export function adoptCommand(): Command {
  return new Command('adopt')
    .description(
      'bring tables that have a tenant column already under Tenantry, table by table; without more: the plan',
    )
    .requiredOption('--database <url>', 'the database, as a superuser: postgres://…')
    .option('--schema <name>', 'where the tables are', 'public')
    .option('--column <name>', 'their tenant column', 'organization_id')
    .option('--role <name>', 'the role that the service connects as')
    .addOption(
      new Option('--apply', 'do what the plan says: everything runs as before, observed').conflicts(
        others('apply'),
      ),
    )
    .addOption(
      new Option('--keys', 'let the control plane install the keys of leases').conflicts(others('keys')),
    )
    .addOption(
      new Option('--mode <mode>', `switch tables to ${adoptionModes.join(', ')}`)
        .argParser(readMode)
        .conflicts(others('mode')),
    )
    .option('--table <name...>', 'only these, with --mode')
    .addOption(new Option('--status', 'what was adopted').conflicts(others('status')))
    .addOption(new Option('--undo', 'give the database back as it was').conflicts(others('undo')))
    .option('--json', 'as JSON')
    .action(adopt)
}

const deeds = ['apply', 'keys', 'mode', 'status', 'undo']

function others(deed: string): string[] {
  return deeds.filter((other) => other !== deed)
}

function readMode(text: string): AdoptionMode {
  const mode = adoptionModes.find((known) => known === text)
  if (mode) return mode
  throw new InvalidArgumentError(`use one of ${adoptionModes.join(', ')}`)
}

async function adopt(options: AdoptOptions, command: Command): Promise<void> {
  const { database: url, mode, table, json } = options
  const say = (answer: unknown, text: string) =>
    console.log(json ? JSON.stringify(answer, undefined, 2) : text)
  if (options.undo) {
    await undoAdoptionAt(url)
    say({ adopted: [] }, `${green('✓')} the database is as it was`)
  } else if (options.keys) {
    const { database } = await connectControlPlane().installKeys(url)
    say({ database }, `${green('✓')} \`${database}\` has the keys that leases for it are signed with`)
  } else if (mode || options.status) {
    const adopted = mode
      ? await switchAdoptionAt(url, mode, { ...(table && { tables: table }) })
      : await adoptionAt(url)
    say({ adopted }, adoptedTable(adopted))
  } else if (options.apply) {
    const adopted = await adoptAt(url, requireTarget(options, command))
    say({ adopted }, adoptedTable(adopted))
  } else {
    const plan = await planAdoptionAt(url, requireTarget(options, command))
    say(plan, adoptionPlan(plan))
  }
}

function requireTarget({ schema, column, role }: AdoptOptions, command: Command): AdoptionTarget {
  if (!role) command.error('error: name the role that the service connects as: --role <name>')
  return { schema, column, role }
}
