import { setTimeout as sleep } from 'node:timers/promises'
import type { DirectoryDeployment } from '@tenantry/routing'
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
}

const runningMax = 16
const runningMaxPerTenant = 4
const takenMax = 64
const takenMaxPerTenant = 8
const tickMs = 1_000
const pauseMs = 500

/**
 * Delivers what waits on the bus: one event of a lane at a time, at most 16 at once and 4 of one tenant, the tenants
 * in turn. What is for a deployment that cannot be reached waits on the bus, and holds up no other. It keeps nothing that matters in memory: what was taken and not settled is taken again.
 */
export class Deliverer {
  readonly #parts: DelivererParts
  readonly #wake = new Wake()
  readonly #circuits: Circuits
  /** By lane. */
  readonly #taken = new Map<string, Delivery>()
  readonly #waiting: Delivery[] = []
  /** Each from the call of its service until it is settled. */
  readonly #open = new Set<Promise<void>>()
  #running = 0
  readonly #runningOf = new Map<string, number>()
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
      this.#start()
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
    if (this.#waiting.length >= runningMax) return
    if (this.#drained || limit <= 0 || !this.#parts.directory.ready) return
    this.#drained = true
    const takenOf = this.#countTaken()
    const due = await this.#parts.bus.take({
      busy: [...this.#taken.keys()],
      full: [...takenOf.keys()].filter((tenant) => (takenOf.get(tenant) ?? 0) >= takenMaxPerTenant),
      away: this.#circuits.away(),
      limit,
      limitPerTenant: takenMaxPerTenant,
      after: this.#lastTenant,
    })
    for (const delivery of due) {
      const taken = takenOf.get(delivery.tenant) ?? 0
      if (taken >= takenMaxPerTenant) continue
      takenOf.set(delivery.tenant, taken + 1)
      this.#taken.set(delivery.lane, delivery)
      this.#waiting.push(delivery)
      this.#parts.tokens.prepare(delivery)
      this.#lastTenant = delivery.tenant
    }
    if (due.length === limit) this.#drained = false
  }

  #countTaken(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { tenant } of this.#taken.values()) counts.set(tenant, (counts.get(tenant) ?? 0) + 1)
    return counts
  }

  #start(): void {
    for (let at = 0; at < this.#waiting.length && this.#running < runningMax; ) {
      const delivery = this.#waiting[at]
      if (!delivery || (this.#runningOf.get(delivery.tenant) ?? 0) >= runningMaxPerTenant) {
        at++
        continue
      }
      this.#waiting.splice(at, 1)
      if (!this.#admits(delivery)) {
        this.#taken.delete(delivery.lane)
        continue
      }
      const open = this.#deliver(delivery).finally(() => {
        this.#open.delete(open)
        this.#taken.delete(delivery.lane)
        // What was taken ahead for this tenant goes first: the bus is asked when that is used up.
        if (!this.#waiting.some(({ tenant }) => tenant === delivery.tenant)) this.#drained = false
        this.#wake.wake()
      })
      this.#open.add(open)
    }
  }

  #admits({ tenant, service }: Delivery): boolean {
    const deployment = this.#parts.directory.deploymentFor(tenant, service)
    return !deployment || this.#circuits.admit(deployment)
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { tenant } = delivery
    try {
      const startedAtMs = performance.now()
      const outcome = await this.#call(delivery)
      const ms = performance.now() - startedAtMs
      this.#parts.onAttempted(delivery, { outcome: outcome === 'parked' ? outcome : outcome.kind, ms })
      await this.#settle(delivery, outcome)
    } catch (error) {
      // It was perhaps delivered; it will be again, and the inbox knows it.
      this.#parts.logger.warn({ tenant, error: (error as Error).message }, 'a delivery could not be settled')
      await sleep(pauseMs)
    }
  }

  /** While it runs, it counts as one of its tenant and of all; its lane is taken until it is settled. */
  async #call(delivery: Delivery): Promise<Outcome | 'parked'> {
    const { tenant, service } = delivery
    const deployment = this.#parts.directory.deploymentFor(tenant, service)
    this.#running++
    this.#runningOf.set(tenant, (this.#runningOf.get(tenant) ?? 0) + 1)
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
      this.#running--
      const left = (this.#runningOf.get(tenant) ?? 1) - 1
      if (left > 0) this.#runningOf.set(tenant, left)
      else this.#runningOf.delete(tenant)
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
    for (const { lane } of this.#waiting.splice(0)) this.#taken.delete(lane)
  }
}
