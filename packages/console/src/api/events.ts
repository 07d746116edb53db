import { ask, queryOf } from './ask.ts'
import { flag, list, missing, names, nullable, number, object, type Read, text, word } from './read.ts'

/** The states in which an event is not over. */
export const openStates = ['dead', 'quarantined', 'parked', 'waiting'] as const
const state = word(...openStates, 'done', 'discarded')

const line = object({
  id: text,
  tenant: text,
  service: nullable(text),
  source: text,
  type: nullable(text),
  subject: nullable(text),
  state,
  attempts: number,
  reason: nullable(text),
  since: text,
})
const eventList = object({ events: list(line), more: flag })

/** One event as it stands with one subscriber. */
export type EventLine = Read<typeof line>

const lag = object({
  tenant: text,
  service: text,
  place: word('bus', 'outbox'),
  waiting: number,
  oldestAt: text,
  parked: flag,
  reason: nullable(text),
})
const lagAnswer = object({
  lag: list(lag),
  away: list(object({ deployment: text, since: text, opened: number })),
  kept: object({ bus: number, outboxes: number, inboxes: number }),
  unread: list(text),
})

/** What waits, the oldest first. */
export type EventLag = Read<typeof lagAnswer>

const event = object({
  id: text,
  tenant: text,
  source: text,
  storedAt: text,
  attributes: names(text),
  data: nullable(text),
  deliveries: list(
    object({
      service: text,
      state,
      attempts: number,
      failures: list(object({ at: text, reason: text })),
      nextAttemptAt: nullable(text),
      settledAt: nullable(text),
    }),
  ),
  refused: nullable(text),
  operations: list(object({ at: text, operator: text, action: text, service: nullable(text) })),
})

/** Everything known of one event; its data only where that was asked for. */
export type EventDetail = Read<typeof event>

/** Which events; whatever is left out is any. */
export interface EventFilter {
  readonly state?: string | undefined
  readonly tenant?: string | undefined
  readonly service?: string | undefined
  readonly limit?: number
}

export function readEvents({ limit = 200, ...filter }: EventFilter, signal: AbortSignal) {
  return ask(`/events${queryOf({ ...filter, limit })}`, eventList, { signal })
}

export function readEventLag(signal: AbortSignal): Promise<EventLag> {
  return ask('/events/lag', lagAnswer, { signal })
}

/** With `dataFor`, who wants to see it, the event's data as well: that is put on record. */
export async function readEvent(
  id: string,
  filter: { tenant?: string; service?: string | undefined; dataFor?: string | undefined },
  signal?: AbortSignal,
): Promise<readonly EventDetail[]> {
  const path = `/events/${encodeURIComponent(id)}${queryOf({ ...filter })}`
  return (await ask(path, object({ events: list(event) }), signal ? { signal } : {})).events
}

/** Which events are replayed or discarded, and who says so. */
export interface NamedEvents {
  readonly operator: string
  readonly ids: readonly string[]
  readonly tenant?: string
  readonly service?: string
}

const replayed = object({ replayed: list(object({ id: text })), tooOld: missing(number, 0) })
const discarded = object({ discarded: list(object({ id: text })) })

export async function replayEvents(
  which: NamedEvents | { operator: string; tenant: string; service: string },
): Promise<number> {
  return (await ask('/events/replay', replayed, { method: 'POST', body: which })).replayed.length
}

export async function discardEvents(which: NamedEvents): Promise<number> {
  return (await ask('/events/discard', discarded, { method: 'POST', body: which })).discarded.length
}
