import {
  type AdoptionMode,
  type AdoptionPart,
  type AdoptionTarget,
  adoptAt,
  adoptionAt,
  adoptionModes,
  loadConfig,
  planAdoptionAt,
  readAdoptedUrls,
  roleOf,
  switchAdoptionAt,
  TenantryError,
  undoAdoptionAt,
} from '@tenantry/platform'
import { Command, InvalidArgumentError, Option } from 'commander'
import { adoptedTable, adoptionPlan } from '../adoption-report.ts'
import { connectControlPlane } from '../connect-control-plane.ts'
import { green } from '../styles.ts'

interface AdoptOptions {
  readonly database?: string
  readonly service?: string
  readonly config: string
  readonly schema?: string
  readonly column?: string
  readonly role?: string
  readonly apply?: boolean
  readonly keys?: boolean
  readonly mode?: AdoptionMode
  readonly table?: string[]
  readonly requests?: boolean
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
    .option('--service <name>', 'a service that `adopts` its database in the configuration')
    .option('--config <file>', 'the configuration', 'tenantry.config.ts')
    .option('--database <url>', 'or the database itself, as a superuser: postgres://…')
    .option('--schema <name>', 'where the tables are; public')
    .option('--column <name>', 'their tenant column; organization_id')
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
      new Option('--mode <mode>', `switch tables and requests to ${adoptionModes.join(', ')}`)
        .argParser(readMode)
        .conflicts(others('mode')),
    )
    .option('--table <name...>', 'only these, with --apply or --mode')
    .option('--requests', 'only what becomes of requests that are for no tenant, with --mode')
    .addOption(new Option('--status', 'what was adopted').conflicts(others('status')))
    .addOption(new Option('--undo', 'give back what was adopted as it was').conflicts(others('undo')))
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
  const { mode, table: tables, requests, json } = options
  const { url, target, part } = await readPlace(options, command)
  const say = (answer: unknown, text: string) =>
    console.log(json ? JSON.stringify(answer, undefined, 2) : text)
  if (options.undo) {
    const left = await undoAdoptionAt(url, part)
    const others = `${green('✓')} its tables are as they were; what else was adopted in the database stays\n${adoptedTable(left)}`
    say(left, left.adopted.length === 0 ? `${green('✓')} the database is as it was` : others)
  } else if (options.keys) {
    const { database } = await connectControlPlane().installKeys(url)
    say({ database }, `${green('✓')} \`${database}\` has the keys that leases for it are signed with`)
  } else if (mode || options.status) {
    const status = mode
      ? await switchAdoptionAt(url, mode, {
          ...(tables && { tables }),
          ...(requests && { requests }),
          ...(part && { part }),
        })
      : await adoptionAt(url)
    say(status, adoptedTable(status))
  } else if (options.apply) {
    const status = await adoptAt(url, target(), { ...(tables && { only: tables }) })
    say(status, adoptedTable(status))
  } else {
    const plan = await planAdoptionAt(url, target())
    say(plan, adoptionPlan(plan))
  }
}

/**
 * The database and what of it is meant: as the configuration says of the service, or as the options say. Without service and
 * role, what is switched or undone is all that the database has.
 */
async function readPlace(
  options: AdoptOptions,
  command: Command,
): Promise<{ url: string; target: () => AdoptionTarget; part?: AdoptionPart }> {
  const { database, service, schema, column, role } = options
  if ((database === undefined) === (service === undefined))
    command.error('error: name one of --service <name> and --database <url>')
  if (database !== undefined) {
    const target = () => {
      if (!role) command.error('error: name the role that the service connects as: --role <name>')
      return { schema: schema ?? 'public', column: column ?? 'organization_id', role }
    }
    return { url: database, target, ...(role && { part: target() }) }
  }
  const { config } = await loadConfig(options.config)
  const adopts = config.services[service ?? '']?.adopts
  const urls = readAdoptedUrls(config, process.env)[service ?? '']
  if (!adopts || !urls) throw adoptsNothing(service ?? '')
  const { schema: ownSchema, column: ownColumn } = adopts
  const target = {
    schema: schema ?? ownSchema,
    column: column ?? ownColumn,
    role: role ?? roleOf(urls.url),
  }
  return { url: urls.provisionerUrl, target: () => target, part: target }
}

function adoptsNothing(service: string): TenantryError {
  return new TenantryError('ADOPT_SERVICE', `\`${service}\` adopts no database`, {
    help: 'declare `adopts` of the service in tenantry.config.ts, or name the database with `--database`',
  })
}
