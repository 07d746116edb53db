/** What an event that an operator looks for may be: given up, not to be believed, set aside for its tenant, or to be delivered yet. */
export const openEventStates = ['dead', 'quarantined', 'parked', 'waiting'] as const

/** A state in which an event is not over. */
export type OpenEventState = (typeof openEventStates)[number]

/** Which events are asked for; whatever is left out is any. */
export interface EventFilter {
  readonly tenant?: string
  /** The subscriber. */
  readonly service?: string
}

/** One event as it stands with one subscriber, as a line of a list. Times are RFC 3339 texts. */
export interface EventLine {
  readonly id: string
  readonly tenant: string
  /** The subscriber; null for a row of an outbox that no event could be made of. */
  readonly service: string | null
  readonly source: string
  readonly type: string | null
  readonly subject: string | null
  readonly state: OpenEventState | 'done' | 'discarded'
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly reason: string | null
  /** When it was stored or, once it is over, when that was. */
  readonly since: string
}

/** Some of the events that were asked for, those first that somebody has to look at. */
export interface EventList {
  readonly events: readonly EventLine[]
  /** True when there are more than were told. */
  readonly more: boolean
}

/** How one event stands with one subscriber. */
export interface DeliveryAnswer {
  readonly service: string
  readonly state: EventLine['state']
  readonly attempts: number
  /** The last twenty, oldest first. */
  readonly failures: readonly { readonly at: string; readonly reason: string }[]
  readonly nextAttemptAt: string | null
  readonly settledAt: string | null
}

/** What an operator did with an event. */
export interface EventOperation {
  readonly at: string
  /** By the operator's own word: the admin token is one for all. */
  readonly operator: string
  readonly action: 'replayed' | 'discarded' | 'data shown'
  readonly service: string | null
}

/** Everything that is known of one event; its data only when that was asked for. */
export interface EventAnswer {
  readonly id: string
  readonly tenant: string
  readonly source: string
  readonly storedAt: string
  /** What it says of itself. Of a quarantined one nothing is certain. */
  readonly attributes: Readonly<Record<string, string>>
  readonly data?: string
  /** Empty for a row that no event could be made of: `refused` says why, and `discardedAt` when it was put away. */
  readonly deliveries: readonly DeliveryAnswer[]
  readonly refused?: string
  readonly discardedAt?: string | null
  readonly operations: readonly EventOperation[]
}

/** An event with one subscriber that something was done with. */
export interface EventKey {
  readonly id: string
  readonly tenant: string
  readonly service: string | null
}

/** What waits for one tenant, with one subscriber or in one outbox. */
export interface EventLag {
  readonly tenant: string
  /** The subscriber that it waits for; of an outbox the emitter. */
  readonly service: string
  readonly place: 'bus' | 'outbox'
  readonly waiting: number
  /** When the oldest was stored. */
  readonly oldestAt: string
  readonly parked: boolean
  /** Why the oldest was not delivered yet, if it was tried. */
  readonly reason: string | null
}

/** About how many events the bus keeps, and how many rows the outboxes and the inboxes do: what waits and what is over. */
export interface EventsKept {
  readonly bus: number
  readonly outboxes: number
  readonly inboxes: number
}

/** A deployment that the relay could not reach when it last tried one of its events. */
export interface AwayDeploymentAnswer {
  readonly deployment: string
  readonly since: string
  /** How often that began, since the relay started. */
  readonly opened: number
}

/** All that waits, the oldest first; `unread` names what could not be asked: databases by their names, `NATS` or `the relay`. */
export interface EventLagAnswer {
  readonly lag: readonly EventLag[]
  readonly away: readonly AwayDeploymentAnswer[]
  readonly kept: EventsKept
  readonly unread: readonly string[]
}
