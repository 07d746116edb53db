import { keyFinder, type PublicJwk, type SigningKey, type TokenServiceClient } from '@tenantry/context'
import type { Meters, UsageLedger } from '@tenantry/metrics'
import { type Directory, type HopLog, limitsOf, type TenantryConfig } from '@tenantry/routing'
import { type ClientConfig, Pool } from 'pg'
import type { Logger } from 'pino'
import { Agent } from 'undici'
import type { CircuitState } from './circuits.ts'
import { CollectAll } from './collect-all.ts'
import { Deliverer } from './deliverer.ts'
import { createDeliveryTokens } from './delivery-tokens.ts'
import type { EventBus } from './event-bus.ts'
import { holdBus } from './hold-bus.ts'
import { KeptConnection } from './nats/kept-connection.ts'
import type { NatsAccess } from './nats/nats-access.ts'
import { NatsBus } from './nats/nats-bus.ts'
import { PostgresBus } from './postgres-bus.ts'
import { recordAttempt, recordStored } from './record-hops.ts'

/** What a relay works with. */
export interface RelayParts {
  readonly directory: Directory
  readonly config: Pick<TenantryConfig, 'trustDomain' | 'services' | 'tiers'>
  /** The role that it reads outboxes as. */
  readonly role: { readonly user: string; readonly password: string }
  readonly bus: ClientConfig
  /** Where events wait for their first attempt, unless that is the bus database. */
  readonly nats?: NatsAccess | undefined
  readonly signingKey: SigningKey
  /** The keys that events on the bus may be signed with. */
  readonly publicKeys: readonly PublicJwk[]
  readonly tokens: Pick<TokenServiceClient, 'mintForEvent'>
  /** Gives a live assertion that it is the relay who calls a service. */
  readonly caller: (service: string) => string
  readonly logger: Logger
  readonly meters: Pick<Meters, 'recordEvent' | 'observeCircuits'>
  /** Left out where nothing is kept of events. */
  readonly hops?: HopLog | undefined
  /** What this process's time is divided by; left out where it is not. */
  readonly usage?: Pick<UsageLedger, 'addWork'> | undefined
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
  readonly #nats: KeptConnection | undefined
  readonly #collectors: CollectAll
  readonly #deliverer: Deliverer
  #over: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(parts: RelayParts) {
    const { directory, config, role, signingKey, publicKeys, tokens, caller, logger, meters, hops, usage } =
      parts
    this.#parts = parts
    this.#pool = new Pool({
      ...parts.bus,
      max: 8,
      connectionTimeoutMillis: 2_000,
      query_timeout: 10_000,
      application_name: 'tenantry relay',
    })
    this.#pool.on('error', () => undefined)
    this.#nats = parts.nats && new KeptConnection(parts.nats, 'tenantry relay')
    const bus = this.#openBus(subscribersOf(config))
    this.#deliverer = new Deliverer({
      directory,
      findKey: keyFinder(publicKeys),
      tokens: createDeliveryTokens(tokens, config.trustDomain),
      caller,
      dispatcher: this.#agent,
      bus,
      logger,
      weightOf: (id) => {
        const tenant = directory.tenants.get(id)
        return tenant ? limitsOf(config, tenant).weight : 1
      },
      onAttempted: (delivery, attempt) => {
        if (hops) recordAttempt({ hops, directory }, delivery, attempt)
        usage?.addWork(delivery.tenant, 1)
      },
      onGivenUp: ({ tenant, type }) => meters.recordEvent('refused', type, directory.tenants.get(tenant)),
    })
    meters.observeCircuits(() =>
      this.circuits().map(({ awaySinceMs, ...circuit }) => ({
        ...circuit,
        isOpen: awaySinceMs !== undefined,
      })),
    )
    this.#collectors = new CollectAll({
      directory,
      role,
      key: signingKey,
      bus,
      logger,
      onPublished: (events) => {
        if (hops) recordStored(hops, events)
        for (const { tenantid, type } of events) {
          meters.recordEvent('emitted', type, directory.tenants.get(tenantid))
          usage?.addWork(tenantid, 1)
        }
        this.#deliverer.wake()
      },
      // What cannot be read is not believed either: its type is none of ours.
      onRefused: ({ tenant }) => meters.recordEvent('refused', '_OTHER', directory.tenants.get(tenant)),
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

  /** Which deployments could not be reached, as far as events were tried; none while another relay delivers. */
  circuits(): CircuitState[] {
    return this.#deliverer.circuits()
  }

  /** Takes nothing new, finishes what is being delivered, and closes every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #openBus(subscribers: ReadonlyMap<string, readonly string[]>): EventBus {
    const nats = this.#nats
    const inPostgres = new PostgresBus(this.#pool, subscribers)
    return nats ? new NatsBus({ stream: () => nats.stream(), aside: inPostgres, subscribers }) : inPostgres
  }

  async #close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#collectors.close(), this.#over])
    await Promise.all([this.#pool.end(), this.#agent.close(), this.#nats?.close()])
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
