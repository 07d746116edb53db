import type { EventAnswer, EventLagAnswer, EventLine, EventList } from '@tenantry/platform'
import { describeAge } from './describe-age.ts'
import { plainText } from './plain-text.ts'
import { bold, dim, red, yellow } from './styles.ts'
import { table } from './table.ts'

/** Events that are not over, a line each. */
export function eventTable({ events, more }: EventList, nowMs = Date.now()): string {
  if (events.length === 0) return dim('no such event')
  const rows = events.map((event) => [
    plainText(event.id),
    plainText(event.tenant),
    event.service ?? dim(`from ${emitterOf(event.source)}`),
    plainText(event.type ?? ''),
    stateOf(event.state),
    ageOf(event.since, nowMs),
    String(event.attempts),
    plainText(event.reason ?? ''),
  ])
  const head = ['event', 'tenant', 'service', 'type', 'state', 'for', 'tries', 'reason'].map(bold)
  const rest = more ? [dim('\nthere are more: narrow them down, or ask for more with --limit')] : []
  return [table([head, ...rows]), ...rest].join('\n')
}

/** Everything known of one event, and its data below when it was asked for. */
export function eventScreen(event: EventAnswer, nowMs = Date.now()): string {
  const { type, subject, time, traceparent, tracestate } = event.attributes
  const facts = [
    ['event', event.id],
    ['tenant', event.tenant],
    ['type', type],
    ['subject', subject],
    ['emitted', `${time ?? 'at no time that can be read'} by ${emitterOf(event.source)}`],
    ['stored', event.storedAt],
    ['trace', traceparent],
    ['trace state', tracestate],
  ].flatMap(([name = '', value]) => (value === undefined ? [] : [[bold(name), plainText(value)]]))
  const refused =
    event.refused === undefined
      ? []
      : [
          '',
          `${red('quarantined')} in the outbox: ${plainText(event.refused)}`,
          ...(event.discardedAt ? [dim(`discarded ${event.discardedAt}`)] : []),
        ]
  const parts = [
    table(facts),
    ...refused,
    ...event.deliveries.flatMap((delivery) => ['', ...deliveryLines(delivery, nowMs)]),
    ...(event.operations.length > 0 ? ['', bold('on record'), operationTable(event)] : []),
    ...(event.data === undefined ? [] : ['', bold('data'), plainText(event.data)]),
  ]
  return parts.join('\n')
}

/** What waits, by tenant and service, the oldest first, which deployments are away, and about how much is kept in all. */
export function lagTable({ lag, away, kept, unread }: EventLagAnswer, nowMs = Date.now()): string {
  const rows = lag.map(({ tenant, service, place, waiting, oldestAt, parked, reason }) => [
    plainText(tenant),
    place === 'bus' ? service : dim(`outbox of ${service}`),
    String(waiting),
    ageOf(oldestAt, nowMs),
    parked ? yellow('parked') : plainText(reason ?? ''),
  ])
  const head = ['tenant', 'service', 'waiting', 'oldest', 'why'].map(bold)
  const lines = [rows.length > 0 ? table([head, ...rows]) : dim('nothing waits')]
  for (const { deployment, since, opened } of away) {
    const often = opened === 1 ? 'the first time' : `${opened} times`
    lines.push(`${red('away')} ${deployment}, for ${ageOf(since, nowMs)} (${often} since the relay started)`)
  }
  const [bus, outboxes, inboxes] = [kept.bus, kept.outboxes, kept.inboxes].map((rows) =>
    rows.toLocaleString('en'),
  )
  lines.push(
    dim(`kept, about: ${bus} events on the bus, ${outboxes} in outboxes, ${inboxes} known to inboxes`),
  )
  if (unread.length > 0) lines.push(`${yellow('not read')}: ${unread.join(', ')}`)
  return lines.join('\n')
}

function deliveryLines(delivery: EventAnswer['deliveries'][number], nowMs: number): string[] {
  const { service, state, attempts, failures, nextAttemptAt, settledAt } = delivery
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'}`
  const when = settledAt
    ? `since ${settledAt}`
    : nextAttemptAt && state === 'waiting'
      ? `next ${Date.parse(nextAttemptAt) > nowMs ? nextAttemptAt : 'as soon as it can be'}`
      : ''
  const head = [bold(`for ${service}`), stateOf(state), dim([tries, when].filter(Boolean).join(', '))]
  const rows = failures.map(({ at, reason }) => [dim(at), plainText(reason)])
  return [head.join('  '), ...(rows.length > 0 ? [table(rows, '  ')] : [])]
}

function operationTable({ operations }: EventAnswer): string {
  return table(
    operations.map(({ at, operator, action, service }) => [
      dim(at),
      `${action}${service ? ` for ${service}` : ''}`,
      `by ${plainText(operator)}`,
    ]),
    '  ',
  )
}

function stateOf(state: EventLine['state']): string {
  if (state === 'dead' || state === 'quarantined') return red(state)
  return state === 'parked' ? yellow(state) : state
}

function ageOf(at: string, nowMs: number): string {
  return describeAge(nowMs - Date.parse(at))
}

function emitterOf(source: string): string {
  return plainText(source.replace(/^urn:tenantry:service:/, ''))
}
