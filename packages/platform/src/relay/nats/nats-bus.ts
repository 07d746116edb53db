import { createHash } from 'node:crypto'
import { type SignedEvent, writeEventToJson } from '@tenantry/propagation'
import type { Delivery, EventBus, Outcome, RefusedRow, TakeOptions } from '../event-bus.ts'
import { type KeptEvent, laneSubjectOf, type PostgresBus } from '../postgres-bus.ts'
import type { EventStream } from './event-stream.ts'
import { laneSubject, readLaneSubject } from './event-stream.ts'
import { SeenPlaces } from './seen-places.ts'
import { type StreamLane, StreamLanes, takeTurns } from './stream-lanes.ts'

/** What the bus works with. */
export interface NatsBusParts {
  /** Resolves with the stream, connecting when it has to. */
  readonly stream: () => Promise<EventStream>
  /** Where events go that were not handled at the first attempt. */
  readonly aside: PostgresBus
  readonly subscribers: ReadonlyMap<string, readonly string[]>
}

const lookMs = 1_000
const aside = 'aside/'

/**
 * The event bus over a NATS JetStream stream. An event is stored there once for each subscribed service, and is gone when it
 * was handled. One that was not handled at the first attempt is set aside in PostgreSQL, which then retries it, gives it
 * up or lets operators replay it as it does for events of its own; what follows in its lane waits for that.
 */
export class NatsBus implements EventBus {
  readonly #parts: NatsBusParts
  readonly #lanes = new StreamLanes()
  readonly #seen = new SeenPlaces()
  readonly #parked = new Set<string>()
  /** The ids of lanes in PostgreSQL, by the subjects that they have here. */
  readonly #asideLanes = new Map<string, string>()
  #lookedAtMs = 0

  constructor(parts: NatsBusParts) {
    this.#parts = parts
  }

  async publish(events: readonly SignedEvent[]): Promise<void> {
    const stream = await this.#parts.stream()
    const messages = events.flatMap((event) =>
      (this.#parts.subscribers.get(event.type) ?? []).map((service) => messageOf(event, service)),
    )
    // One after the other in each lane: none is stored before one that was emitted earlier, whatever fails.
    const lanes = [...Map.groupBy(messages, ({ subject }) => subject).values()].map(async (lane) => {
      for (const { subject, id, event } of lane) {
        const seq = await stream.publish(subject, id, event)
        // A relay that waits for its turn to deliver would only gather what another one delivers.
        if (!this.#seen.started) continue
        this.#note(subject, seq)
      }
    })
    const outcomes = await Promise.allSettled(lanes)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  quarantine(rows: readonly RefusedRow[]): Promise<void> {
    return this.#parts.aside.quarantine(rows)
  }

  async take(options: TakeOptions): Promise<Delivery[]> {
    const stream = await this.#parts.stream()
    await this.#look(stream)
    const setAside = await this.#takeAside(options)
    const chosen = this.#lanes.choose(
      { ...options, busy: [...options.busy, ...setAside.map(({ lane }) => lane)] },
      this.#parked,
    )
    const heads = (await Promise.all(chosen.map((lane) => this.#readHead(stream, lane)))).filter(
      (head) => head !== undefined,
    )
    const standings = await this.#parts.aside.standings(heads.map(({ kept }) => kept))
    const due: Delivery[] = []
    for (const [at, { lane, seq, kept }] of heads.entries()) {
      const isMisplaced = laneSubject(kept.tenant, kept.service, kept.laneSubject) !== lane.subject
      if (standings[at] === 'behind') this.#lanes.block(lane)
      else if (standings[at] === 'free' && !isMisplaced) due.push(deliveryOf(lane, seq, kept))
      else {
        // A copy in a lane of its own would overtake what it waits for.
        if (isMisplaced) await this.#quarantine(kept, seq, 'it is in another lane than its own')
        // Otherwise it was set aside, and the relay ended before it was taken out here.
        await stream.remove(seq)
        this.#lanes.settled(lane.subject, seq)
      }
    }
    return takeTurns([setAside, due], options.limit)
  }

  async settle(delivery: Delivery, outcome: Outcome): Promise<void> {
    if (delivery.id.startsWith(aside)) return this.#settleAside(delivery, outcome)
    const seq = Number(delivery.id)
    const kept = readKept(delivery.lane, seq, delivery.event)
    if (outcome.kind === 'quarantined') await this.#quarantine(kept, seq, outcome.reason)
    else if (outcome.kind !== 'done') await this.#parts.aside.adopt(kept, outcome)
    await (await this.#parts.stream()).remove(seq)
    this.#lanes.settled(delivery.lane, seq)
  }

  // A relay that starts anew finds out by the tenant's first event.
  async park(tenant: string): Promise<void> {
    this.#parked.add(tenant)
    await this.#parts.aside.park(tenant)
  }

  async resume(tenant: string): Promise<void> {
    await this.#parts.aside.resume(tenant)
    this.#parked.delete(tenant)
  }

  async parkedTenants(): Promise<string[]> {
    return [...new Set([...this.#parked, ...(await this.#parts.aside.parkedTenants())])]
  }

  /** Once a second: what another relay stored, and lanes that operators have changed. */
  async #look(stream: EventStream): Promise<void> {
    if (Date.now() - this.#lookedAtMs < lookMs) return
    const lastSeq = await stream.lastSeq()
    // Another stream than before: the one that was known is lost.
    if (this.#seen.isBefore(lastSeq)) this.#lanes.clear()
    if (!this.#seen.started || this.#seen.isBefore(lastSeq) || this.#seen.misses(lastSeq)) {
      const told = await stream.lanes()
      this.#lanes.replace(told.counts, told.lastSeq)
      this.#seen.startAt(told.lastSeq)
    }
    this.#lanes.unblock()
    this.#lookedAtMs = Date.now()
  }

  #note(subject: string, seq: number): void {
    this.#lanes.add(subject, seq, this.#seen.firstUnknown)
    this.#seen.add(seq)
  }

  async #takeAside(options: TakeOptions): Promise<Delivery[]> {
    const busy = options.busy.flatMap((subject) => this.#asideLanes.get(subject) ?? [])
    const due = await this.#parts.aside.take({ ...options, busy })
    return due.flatMap((delivery) => {
      const lane = laneSubject(delivery.tenant, delivery.service, delivery.laneSubject)
      // One that operators replayed waits for what is being delivered of its lane.
      if (options.busy.includes(lane)) return []
      this.#asideLanes.set(lane, delivery.lane)
      return [{ ...delivery, id: `${aside}${delivery.id}`, lane }]
    })
  }

  // Under a name of its own: what does not verify must not stand for the event that it says it is.
  #quarantine(kept: KeptEvent, seq: number, reason: string): Promise<void> {
    const digest = createHash('sha256').update(kept.event).digest('hex').slice(0, 16)
    const named = { ...kept, id: `place-${seq}-${digest}`, source: 'urn:tenantry:stream' }
    return this.#parts.aside.adopt(named, { kind: 'quarantined', reason })
  }

  async #settleAside(delivery: Delivery, outcome: Outcome): Promise<void> {
    const lane = this.#asideLanes.get(delivery.lane)
    if (lane === undefined) throw new Error('this delivery was not taken here')
    await this.#parts.aside.settle({ ...delivery, id: delivery.id.slice(aside.length), lane }, outcome)
    this.#asideLanes.delete(delivery.lane)
    if (outcome.kind !== 'retry') this.#lanes.unblock(delivery.lane)
  }

  async #readHead(
    stream: EventStream,
    lane: StreamLane,
  ): Promise<{ lane: StreamLane; seq: number; kept: KeptEvent } | undefined> {
    const { lastSeq } = lane
    const message = await stream.next(lane.subject, lane.fromSeq)
    if (!message) {
      // Unless something was stored meanwhile.
      if (lane.lastSeq === lastSeq) this.#lanes.drop(lane.subject)
      return undefined
    }
    const { seq, event } = message
    lane.fromSeq = seq
    if (!this.#seen.has(seq)) this.#note(lane.subject, seq)
    return { lane, seq, kept: readKept(lane.subject, seq, event) }
  }
}

interface Message {
  readonly subject: string
  readonly id: string
  readonly event: string
}

function messageOf(event: SignedEvent, service: string): Message {
  const { tenantid, source, id } = event
  return {
    subject: laneSubject(tenantid, service, laneSubjectOf(event)),
    // An id is unique within its source and tenant alone: one tenant's event must not pass for another's.
    id: [tenantid, service, source, id].join('/'),
    event: writeEventToJson(event),
  }
}

function deliveryOf({ subject }: StreamLane, seq: number, kept: KeptEvent): Delivery {
  const { tenant, service, type, event } = kept
  return { id: String(seq), lane: subject, tenant, service, type, event, attempts: 0, refusals: 0 }
}

/** What the stream holds, not verified: whoever could write there past the relay may have written anything. */
function readKept(subject: string, seq: number, event: string): KeptEvent {
  let value: Record<string, unknown> = {}
  try {
    value = Object(JSON.parse(event))
  } catch {
    // It is quarantined under its place.
  }
  const text = (name: string) => {
    const found = Object.hasOwn(value, name) ? value[name] : undefined
    return typeof found === 'string' ? found.replaceAll('\0', '�').slice(0, 256) : undefined
  }
  const id = text('id') ?? `place-${seq}`
  return {
    ...readLaneSubject(subject),
    laneSubject: laneSubjectOf({ subject: text('subject'), id }),
    source: text('source') ?? '',
    id,
    type: text('type') ?? '',
    event: event.replaceAll('\0', '�'),
  }
}
