import { keyFinder, type PublicJwk, type SigningKey, type TokenServiceClient } from '@tenantry/context'
import type { Directory, TenantryConfig } from '@tenantry/routing'
import { type ClientConfig, Pool } from 'pg'
import type { Logger } from 'pino'
import { Agent } from 'undici'
import { CollectAll } from './collect-all.ts'
import { Deliverer } from './deliverer.ts'
import type { Delivery, Outcome } from './event-bus.ts'
import { holdBus } from './hold-bus.ts'
import { PostgresBus } from './postgres-bus.ts'

/** What a relay works with. */
export interface RelayParts {
  readonly directory: Directory
  readonly config: Pick<TenantryConfig, 'trustDomain' | 'services'>
  /** The role that it reads outboxes as. */
  readonly role: { readonly user: string; readonly password: string }
  readonly bus: ClientConfig
  readonly signingKey: SigningKey
  /** The keys that events on the bus may be signed with. */
  readonly publicKeys: readonly PublicJwk[]
  readonly tokens: Pick<TokenServiceClient, 'mintForEvent'>
  readonly logger: Logger
  readonly meter: RelayMeter
}

/** What a relay counts. */
export interface RelayMeter {
  published(events: number): void
  /** An outbox row that no event can be made of. */
  refused(tenant: string): void
  attempted(delivery: Delivery, outcome: Outcome['kind'] | 'parked', durationMs: number): void
}

/**
 * Moves events from every outbox to the bus and from the bus to their subscribers. Events are delivered at least
 * once, in order within a tenant's subject; inboxes make that once. It may be killed at any point.
 */
export class Relay {
  readonly #parts: RelayParts
  readonly #stopping = new AbortController()
  readonly #pool: Pool
  readonly #agent = new Agent({ connections: 16, connect: { timeout: 2_000 } })
  readonly #collectors: CollectAll
  readonly #deliverer: Deliverer
  #over: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(parts: RelayParts) {
    const { directory, config, role, signingKey, publicKeys, tokens, logger, meter } = parts
    this.#parts = parts
    this.#pool = new Pool({
      ...parts.bus,
      max: 8,
      connectionTimeoutMillis: 2_000,
      query_timeout: 10_000,
      application_name: 'tenantry relay',
    })
    this.#pool.on('error', () => undefined)
    const bus = new PostgresBus(this.#pool, subscribersOf(config))
    this.#deliverer = new Deliverer({
      directory,
      findKey: keyFinder(publicKeys),
      audience: config.trustDomain,
      tokens,
      dispatcher: this.#agent,
      bus,
      logger,
      onOutcome: (...args) => meter.attempted(...args),
    })
    this.#collectors = new CollectAll({
      directory,
      role,
      key: signingKey,
      bus,
      logger,
      onPublished: (events) => {
        meter.published(events)
        this.#deliverer.wake()
      },
      onQuarantined: (tenant) => meter.refused(tenant),
    })
  }

  start(): void {
    const { signal } = this.#stopping
    const onHeld = (held: boolean) => this.#deliverer.hold(held)
    this.#over = Promise.all([holdBus(this.#parts.bus, { signal, onHeld }), this.#deliverer.run(signal)])
    this.directoryChanged()
  }

  /** To be called after each change of the directory. */
  directoryChanged(): void {
    if (!this.#stopping.signal.aborted && this.#parts.directory.ready) this.#collectors.follow()
    this.#deliverer.wake()
  }

  /** Takes nothing new, finishes what is being delivered, and closes every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#collectors.close(), this.#over])
    await Promise.all([this.#pool.end(), this.#agent.close()])
  }
}

/** The services that each event type is delivered to. */
function subscribersOf({ services }: Pick<TenantryConfig, 'services'>): Map<string, string[]> {
  const subscribers = new Map<string, string[]>()
  for (const [service, { subscribes }] of Object.entries(services)) {
    for (const type of subscribes) subscribers.set(type, [...(subscribers.get(type) ?? []), service])
  }
  return subscribers
}
