import type { SignedEvent } from '@tenantry/propagation'

/** An event that is to be delivered to one service, the first that waits in its lane. */
export interface Delivery {
  readonly id: string
  /**
   * Tenant, service and subject: of one lane, one event at a time is delivered, in the order of emission. An event
   * without a subject has a lane of its own.
   */
  readonly lane: string
  readonly tenant: string
  readonly service: string
  readonly type: string
  /** The signed event in CloudEvents' JSON format, as it was published. Not verified yet. */
  readonly event: string
  /** How often it was tried before. */
  readonly attempts: number
  /** How often the service refused it as one that it cannot handle. */
  readonly refusals: number
}

/** How a delivery ended, or why it has to be tried again. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly reason: string; readonly refused: boolean; readonly inMs: number }
  | { readonly kind: 'dead'; readonly reason: string }
  /** It does not verify: kept for an operator to look at, never handled. */
  | { readonly kind: 'quarantined'; readonly reason: string }

/** What an outbox held that cannot be an event of ours. */
export interface RefusedRow {
  readonly database: string
  readonly service: string
  readonly position: string
  readonly tenant: string
  readonly reason: string
  readonly row: string
}

/** A deployment that cannot be reached: the events of its service for its tenants wait. */
export interface AwayDeployment {
  readonly service: string
  /** The tenant whose silo it is; null for the pool, which serves all but those in `except`. */
  readonly tenant: string | null
  readonly except: readonly string[]
}

/** What is asked for when deliveries are taken. */
export interface TakeOptions {
  /** Lanes that are being delivered already. */
  readonly busy: readonly string[]
  /** Tenants of which enough is being delivered already. */
  readonly full: readonly string[]
  /** Deployments to which nothing is to be delivered. However much waits for them, it costs the others nothing. */
  readonly away: readonly AwayDeployment[]
  readonly limit: number
  /** Of a tenant that weighs 1; others have as many times that. */
  readonly limitPerTenant: number
  /** How many each of these tenants has where others have one. */
  readonly weights: ReadonlyMap<string, number>
  /** Whose turn it was last: the tenants after it come first. */
  readonly after: string
}

/**
 * Where events wait between the outbox and their subscribers. Whatever a method settled has happened for good: a
 * relay that is killed at any point takes up where the last settled call left off.
 */
export interface EventBus {
  /** Stores events in their order, each with one delivery per subscribed service. Repeating one changes nothing. */
  publish(events: readonly SignedEvent[]): Promise<void>
  /** Keeps what no event can be made of. Repeating it changes nothing. */
  quarantine(rows: readonly RefusedRow[]): Promise<void>
  /** The deliveries that are due, at most one of each lane, the tenants in turn. */
  take(options: TakeOptions): Promise<Delivery[]>
  settle(delivery: Delivery, outcome: Outcome): Promise<void>
  /** Sets all of a tenant's deliveries aside until `resume`. */
  park(tenant: string): Promise<void>
  resume(tenant: string): Promise<void>
  parkedTenants(): Promise<string[]>
}
