import type { Deployment } from '../../api/deployments.ts'
import type { EventLag, EventLine } from '../../api/events.ts'
import { hrefTo } from '../../routing/route.ts'

/** Something that an operator should look at, and where. */
export interface Worry {
  readonly text: string
  readonly href: string
}

interface Known {
  readonly deployments: readonly Pick<Deployment, 'id' | 'addresses'>[]
  /** Events that were given up or cannot be believed. */
  readonly dead: readonly Pick<EventLine, 'state'>[]
  readonly isMoreDead: boolean
  readonly lag: Pick<EventLag, 'lag' | 'away' | 'unread'> | undefined
}

// What is delivered within a minute waits as it should.
const longMs = 60_000

/** What is down, given up, or waits for long; the worst first. */
export function listWorries({ deployments, dead, isMoreDead, lag }: Known, nowMs: number): readonly Worry[] {
  const down = deployments.filter(({ addresses }) => addresses.length === 0)
  const late =
    lag?.lag.filter(({ oldestAt, parked }) => !parked && nowMs - Date.parse(oldestAt) > longMs) ?? []
  const away = lag?.away ?? []
  const unread = lag?.unread ?? []
  return [
    ...(down.length > 0 ? [{ text: `${count(down.length, 'deployment')} down`, href: hrefTo('map') }] : []),
    ...(away.length > 0
      ? [{ text: `${count(away.length, 'deployment')} out of the relay’s reach`, href: hrefTo('events') }]
      : []),
    ...(dead.length > 0
      ? [
          {
            text: `${count(dead.length, 'event')}${isMoreDead ? ' and more' : ''} given up`,
            href: hrefTo('events', null, { state: 'dead' }),
          },
        ]
      : []),
    ...(late.length > 0
      ? [
          {
            text: `${count(
              late.reduce((sum, { waiting }) => sum + waiting, 0),
              'event',
            )} waiting for over a minute`,
            href: hrefTo('events', null, { state: 'waiting' }),
          },
        ]
      : []),
    ...(unread.length > 0 ? [{ text: `${unread.join(', ')} not read`, href: hrefTo('events') }] : []),
  ]
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}
