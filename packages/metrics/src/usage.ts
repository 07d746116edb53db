/** The upper bounds of the duration buckets, in milliseconds; what took longer is in one more bucket at the end. */
export const durationBoundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

/** What is added up for a tenant. Every figure is a sum since the process began or since the hour did, whichever is later. */
export interface UsageTotals {
  /** Requests that were answered, deliveries of events included. */
  readonly requests: number
  /** Of those, the ones answered with 500 or above. */
  readonly errors: number
  /** Of those, the ones that a limit refused. */
  readonly limited: number
  /** The time from the first byte of a request to the last of its answer, added up over requests. */
  readonly durationMs: number
  /** How many requests took how long, by `durationBoundsMs`. */
  readonly durations: readonly number[]
  /** Bytes of request bodies. */
  readonly bytesIn: number
  /** Bytes of the bodies of answers. */
  readonly bytesOut: number
  /** Statements that the database was asked. */
  readonly statements: number
  /** The time from a statement's sending to its answer's end, added up over statements. */
  readonly databaseMs: number
  /** Rows that statements returned or changed. */
  readonly databaseRows: number
  /** Events that were written to the outbox, those of transactions that were rolled back included. */
  readonly eventsEmitted: number
  /** Events that a subscriber handled. */
  readonly eventsDelivered: number
  /** Processor time of the process, divided among the tenants whose work it ran. Estimated: see `usageBasis`. */
  readonly cpuMs: number
}

/** Whether a figure was measured where it arose, or is a share of something that was. */
export const usageBasis: Readonly<Record<keyof UsageTotals, 'measured' | 'estimated'>> = {
  requests: 'measured',
  errors: 'measured',
  limited: 'measured',
  durationMs: 'measured',
  durations: 'measured',
  bytesIn: 'measured',
  bytesOut: 'measured',
  statements: 'measured',
  databaseMs: 'measured',
  databaseRows: 'measured',
  eventsEmitted: 'measured',
  eventsDelivered: 'measured',
  cpuMs: 'estimated',
}

/** One tenant's totals of one hour in one process. Its tier is not told: the control plane knows it. */
export interface UsageRow {
  /** The hour's beginning, in seconds since 1970, UTC. */
  readonly hourS: number
  readonly tenant: string
  readonly totals: UsageTotals
}

/**
 * What a process tells the control plane of its tenants, about once a second, in one piece or several. The rows' totals only grow while
 * the epoch is the same, so that a report that comes twice, or late, changes nothing: the larger figure holds.
 */
export interface UsageReport {
  /** Names one life of one process: a new one for each start. */
  readonly epoch: string
  /** Which collection of the epoch this is a piece of, counted from 1. */
  readonly collection: number
  /** The time since the last collection that was answered whole, in milliseconds: what the live figures are divided by. */
  readonly sinceMs: number
  /** The tenants and hours that changed since the last report which was answered. */
  readonly rows: readonly UsageRow[]
  /** Requests since the last report which was answered, by who sent them: `outside`, or the id of a deployment or platform process. */
  readonly callers: Readonly<Record<string, number>>
}

/** Who sent a request that came from outside the system. */
export const outside = 'outside'

/** The seconds of an hour, which `hourS` is a multiple of. */
export const hourSeconds = 3_600
