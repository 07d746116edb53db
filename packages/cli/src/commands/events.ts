import { userInfo } from 'node:os'
import { type OpenEventState, openEventStates, TenantryError } from '@tenantry/platform'
import { Command, InvalidArgumentError, Option } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { eventScreen, eventTable, lagTable } from '../event-tables.ts'
import { dim, green } from '../styles.ts'

interface Narrowed {
  readonly tenant?: string
  readonly service?: string
  readonly json?: boolean
}

interface Operated extends Narrowed {
  readonly by: string
}

/** `tenantry events …`: events that wait or were given up, and what operators do with them. */
export function eventsCommand(): Command {
  const command = new Command('events').description(
    'look at events that are not over, and replay or discard them',
  )
  declareList(command.command('list'))
  declareShow(command.command('show <id>'))
  declareReplay(command.command('replay [ids...]'))
  declareDiscard(command.command('discard <ids...>'))
  declareLag(command.command('lag'))
  return command
}

function declareList(command: Command): void {
  narrowed(command)
    .description('events that are not over: dead and quarantined ones first, then those that wait')
    .addOption(new Option('--state <state>', 'only these').choices([...openEventStates]))
    .option('--limit <n>', 'how many at most, 1 to 1000', readLimit, 100)
    .action(async ({ json, ...options }: Narrowed & { state?: OpenEventState; limit: number }) => {
      const list = await connectControlPlane().events(options)
      console.log(json ? asJson(list) : eventTable(list))
    })
}

function declareShow(command: Command): void {
  operated(command)
    .description('everything known of one event: what it says of itself, attempts, and what was done with it')
    .option('--data', 'its data as well; that is put on record')
    .action(async (id: string, { json, data, by, ...filter }: Operated & { data?: boolean }) => {
      const events = await connectControlPlane().event(id, { ...filter, ...(data && { dataFor: by }) })
      console.log(json ? asJson(events) : events.map((event) => eventScreen(event)).join('\n\n'))
    })
}

function declareReplay(command: Command): void {
  operated(command)
    .description('deliver dead events again: those named, or all of one tenant for one service')
    .action(async (ids: string[], { json, by: operator, tenant, service }: Operated) => {
      if (ids.length === 0 && (tenant === undefined || service === undefined)) throw nothingNamed()
      const filter = { ...(tenant !== undefined && { tenant }), ...(service !== undefined && { service }) }
      const answer = await connectControlPlane().replayEvents(
        ids.length > 0
          ? { operator, ids, ...filter }
          : { operator, tenant: tenant ?? '', service: service ?? '' },
      )
      const { replayed, tooOld } = answer
      if (json) console.log(asJson(answer))
      else {
        console.log(
          `${green('✓')} ${countEvents(replayed)} replayed ${dim('(each in its lane, under its id)')}`,
        )
        if (tooOld > 0)
          console.log(dim(`${tooOld} left as they are: older than 7 days, no token is minted for them`))
      }
    })
}

function declareDiscard(command: Command): void {
  operated(command)
    .description('put events away for good that are dead, quarantined, parked or waiting')
    .action(async (ids: string[], { json, by: operator, ...filter }: Operated) => {
      const discarded = await connectControlPlane().discardEvents({ operator, ids, ...filter })
      console.log(json ? asJson(discarded) : `${green('✓')} ${countEvents(discarded)} discarded`)
    })
}

function declareLag(command: Command): void {
  command
    .description('how many events wait, by tenant and service, and since when the oldest')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const answer = await connectControlPlane().eventLag()
      console.log(json ? asJson(answer) : lagTable(answer))
    })
}

function narrowed(command: Command): Command {
  return command
    .option('--tenant <tenant>', 'only of this tenant')
    .option('--service <service>', 'only for this subscriber')
    .option('--json', 'as JSON')
}

function operated(command: Command): Command {
  return narrowed(command).option('--by <name>', 'who you are, for the record', nameOfUser())
}

function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    // In a container the user may have a number and no name.
    return `uid ${process.getuid?.()}`
  }
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit
  throw new InvalidArgumentError('give a number from 1 to 1000')
}

function nothingNamed(): TenantryError {
  return new TenantryError('EVENTS_UNNAMED', 'it is not said which events', {
    status: 400,
    help: 'name their ids, or `--tenant` and `--service` for all that are dead there',
  })
}

function countEvents({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? 'event' : 'events'}`
}

function asJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
}
