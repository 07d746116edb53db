import { setTimeout as sleep } from 'node:timers/promises'
import { type DirectoryDeployment, type FairPlace, FairQueue } from '@tenantry/routing'
import type { Logger } from 'pino'
import { type CircuitState, Circuits } from './circuits.ts'
import { type DeliverParts, deliverEvent } from './deliver-event.ts'
import type { Delivery, EventBus, Outcome } from './event-bus.ts'
import { Wake } from './wake.ts'

/** One attempt to deliver an event. */
export interface Attempt {
  readonly outcome: Outcome['kind'] | 'parked'
  readonly ms: number
}

/** What the deliverer works with. */
export interface DelivererParts extends Omit<DeliverParts, 'onCalled'> {
  readonly bus: EventBus
  readonly logger: Logger
  /** Told of a delivery that is not tried again. */
  readonly onGivenUp: (delivery: Delivery) => void
  /** Told of each attempt, once it is known how it ended, and of how long it took. */
  readonly onAttempted: (delivery: Delivery, attempt: Attempt) => void
  /** What a tenant weighs beside others at this moment: a whole number from 1. */
  readonly weightOf: (tenant: string) => number
}

const runningMax = 16
const takenMax = 64
/** Of a tenant that weighs 1. */
const takenMaxPerTenant = 8
const tickMs = 1_000
const pauseMs = 500

/**
 * Delivers what waits on the bus: one event of a lane at a time, at most 16 at once, shared among tenants by weight.
 * What is for a deployment that cannot be reached waits on the bus, and holds up no other. It keeps nothing that matters in memory: what was taken and not settled is taken again.
 */
export class Deliverer {
  readonly #parts: DelivererParts
  readonly #wake = new Wake()
  readonly #circuits: Circuits
  /** By lane. */
  readonly #taken = new Map<string, Delivery>()
  readonly #turns = new FairQueue({
    inFlightMax: runningMax,
    waitingMax: Number.POSITIVE_INFINITY,
    shared: true,
  })
  readonly #waiting = new Map<Delivery, FairPlace>()
  /** Each from the call of its service until it is settled. */
  readonly #open = new Set<Promise<void>>()
  #held = false
  #lastTenant = ''
  #tickedAtMs = 0
  #drained = false

  constructor(parts: DelivererParts) {
    this.#parts = parts
    this.#circuits = new Circuits({ ...parts, onDue: () => this.wake() })
  }

  /** Lets it deliver, or stops it at the next event. */
  hold(held: boolean): void {
    this.#held = held
    this.#wake.wake()
  }

  /** Which deployments could not be reached; none while another relay delivers. */
  circuits(): CircuitState[] {
    return this.#held ? this.#circuits.states() : []
  }

  /** Tells it that there may be something to deliver. */
  wake(): void {
    this.#drained = false
    this.#wake.wake()
  }

  /** Delivers until `signal` aborts; settles when nothing is being delivered any more. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake.wake())
    while (!signal.aborted) {
      if (!this.#held) {
        this.#forgetWaiting()
        await this.#wake.wait(tickMs)
        continue
      }
      try {
        await this.#tick()
        await this.#take()
      } catch (error) {
        const { message } = error as Error
        if (!signal.aborted)
          this.#parts.logger.warn({ error: message }, 'the bus cannot be read; trying again')
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
      }
      await this.#wake.wait(tickMs)
    }
    await Promise.all(this.#open)
  }

  /** Once a second: what came due by itself, and tenants that are served again. */
  async #tick(): Promise<void> {
    if (Date.now() - this.#tickedAtMs < tickMs) return
    this.#tickedAtMs = Date.now()
    this.#drained = false
    const { bus, directory } = this.#parts
    for (const tenant of await bus.parkedTenants()) {
      if (directory.tenants.get(tenant)?.status === 'active') await bus.resume(tenant)
    }
  }

  async #take(): Promise<void> {
    const limit = takenMax - this.#taken.size
    // As long as enough waits here to keep all busy, the bus is not asked: then it is asked for more at once.
    if (this.#turns.waiting >= runningMax) return
    if (this.#drained || limit <= 0 || !this.#parts.directory.ready) return
    this.#drained = true
    const takenOf = this.#countTaken()
    const { bus, tokens, weightOf } = this.#parts
    const isFull = (tenant: string) => (takenOf.get(tenant) ?? 0) >= takenMaxPerTenant * weightOf(tenant)
    const due = await bus.take({
      busy: [...this.#taken.keys()],
      full: [...takenOf.keys()].filter(isFull),
      away: this.#circuits.away(),
      limit,
      limitPerTenant: takenMaxPerTenant,
      // Of one that has nothing here, the first turn is as any other's.
      weights: new Map([...takenOf.keys()].map((tenant) => [tenant, weightOf(tenant)])),
      after: this.#lastTenant,
    })
    for (const delivery of due) {
      const { tenant, lane } = delivery
      if (isFull(tenant)) continue
      takenOf.set(tenant, (takenOf.get(tenant) ?? 0) + 1)
      this.#taken.set(lane, delivery)
      tokens.prepare(delivery)
      this.#enter(delivery)
      this.#lastTenant = tenant
    }
    if (due.length === limit) this.#drained = false
  }

  #countTaken(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { tenant } of this.#taken.values()) counts.set(tenant, (counts.get(tenant) ?? 0) + 1)
    return counts
  }

  #enter(delivery: Delivery): void {
    const { tenant } = delivery
    const place = this.#turns.enter(tenant, this.#parts.weightOf(tenant))
    if (!place) throw new Error('as many may wait as there are')
    const start = () => {
      this.#waiting.delete(delivery)
      this.#start(delivery, place)
    }
    if (place.inFlight) {
      start()
      return
    }
    this.#waiting.set(delivery, place)
    place.onTurn = start
  }

  #start(delivery: Delivery, place: FairPlace): void {
    const { tenant, lane } = delivery
    if (!this.#held || !this.#admits(delivery)) {
      this.#taken.delete(lane)
      this.#turns.leave(place)
      return
    }
    const open = this.#deliver(delivery, place).finally(() => {
      this.#open.delete(open)
      this.#taken.delete(lane)
      // What was taken ahead for this tenant goes first: the bus is asked when that is used up.
      if (![...this.#waiting.keys()].some((waiting) => waiting.tenant === tenant)) this.#drained = false
      this.#wake.wake()
    })
    this.#open.add(open)
  }

  #admits({ tenant, service }: Delivery): boolean {
    const deployment = this.#parts.directory.deploymentFor(tenant, service)
    return !deployment || this.#circuits.admit(deployment)
  }

  async #deliver(delivery: Delivery, place: FairPlace): Promise<void> {
    const { tenant } = delivery
    try {
      const startedAtMs = performance.now()
      const outcome = await this.#call(delivery, place)
      const ms = performance.now() - startedAtMs
      this.#parts.onAttempted(delivery, { outcome: outcome === 'parked' ? outcome : outcome.kind, ms })
      await this.#settle(delivery, outcome)
    } catch (error) {
      // It was perhaps delivered; it will be again, and the inbox knows it.
      this.#parts.logger.warn({ tenant, error: (error as Error).message }, 'a delivery could not be settled')
      await sleep(pauseMs)
    }
  }

  /** While it runs, it has its tenant's turn; its lane is taken until it is settled. */
  async #call(delivery: Delivery, place: FairPlace): Promise<Outcome | 'parked'> {
    const { tenant, service } = delivery
    const deployment = this.#parts.directory.deploymentFor(tenant, service)
    try {
      let called = false
      const onCalled = (to: DirectoryDeployment, reached: boolean) => {
        called = true
        if (this.#circuits.note(to, reached)) this.wake()
      }
      const outcome = await deliverEvent({ ...this.#parts, onCalled }, delivery)
      if (deployment && !called) this.#circuits.note(deployment, undefined)
      return outcome
    } finally {
      this.#turns.leave(place)
      this.#wake.wake()
    }
  }

  async #settle(delivery: Delivery, outcome: Outcome | 'parked'): Promise<void> {
    const { bus } = this.#parts
    if (outcome === 'parked') return bus.park(delivery.tenant)
    await bus.settle(delivery, outcome)
    if (outcome.kind === 'retry') {
      setTimeout(() => this.wake(), outcome.inMs + 1).unref()
    } else if (outcome.kind !== 'done') {
      const { id, tenant, service } = delivery
      this.#parts.logger.error({ delivery: id, tenant, service, ...outcome }, 'an event was given up')
      this.#parts.onGivenUp(delivery)
    }
  }

  #forgetWaiting(): void {
    for (const [{ lane }, place] of this.#waiting) {
      this.#taken.delete(lane)
      this.#turns.leave(place)
    }
    this.#waiting.clear()
  }
}
