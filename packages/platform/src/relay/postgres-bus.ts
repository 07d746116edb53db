import { gather } from '@tenantry/context'
import { type SignedEvent, writeEventToJson } from '@tenantry/propagation'
import type { Pool } from 'pg'
import { adoptSql, parkSql, publishSql, retrySql, standingSql, takeSql } from './bus-statements.ts'
import type { Delivery, EventBus, Outcome, RefusedRow, TakeOptions } from './event-bus.ts'

/** How many deliveries are settled in one transaction. */
const doneMax = 64

/** An event of another store, to be delivered to one service. */
export interface KeptEvent {
  readonly tenant: string
  readonly service: string
  readonly laneSubject: string
  readonly source: string
  readonly id: string
  readonly type: string
  readonly event: string
}

/** A delivery, and what names its lane within its tenant and service. */
export interface LaneDelivery extends Delivery {
  readonly laneSubject: string
}

/** `adopted`: it is here already. `behind`: something of its lane is here, and has to be delivered before it. */
export type Standing = 'adopted' | 'behind' | 'free'

/** What names an event's lane within its tenant and service. No subject says nothing of order, so it waits for no other. */
export function laneSubjectOf({ subject, id }: { subject?: string | undefined; id: string }): string {
  return subject === undefined ? `id:${id}` : `subject:${subject}`
}

/** The event bus in a PostgreSQL database that `installBus` made. */
export class PostgresBus implements EventBus {
  readonly #pool: Pool
  readonly #types: string[] = []
  readonly #services: string[] = []
  readonly #settleDone = gather(
    async (handled: readonly Delivery[]) => {
      const values = [handled.map(({ id }) => id), handled.map(({ lane }) => lane)]
      await this.#pool.query({ name: 'settle done', text: 'select settle_done($1, $2)', values })
      return handled
    },
    { itemsMax: doneMax },
  )

  /** `subscribers` names the services that each event type is delivered to. */
  constructor(pool: Pool, subscribers: ReadonlyMap<string, readonly string[]>) {
    this.#pool = pool
    for (const [type, services] of subscribers) {
      for (const service of services) {
        this.#types.push(type)
        this.#services.push(service)
      }
    }
  }

  async publish(events: readonly SignedEvent[]): Promise<void> {
    if (events.length === 0) return
    const values = [
      events.map(({ tenantid }) => tenantid),
      events.map(({ source }) => source),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(laneSubjectOf),
      events.map(writeEventToJson),
      this.#types,
      this.#services,
    ]
    await this.#pool.query({ name: 'publish', text: publishSql, values })
  }

  async quarantine(rows: readonly RefusedRow[]): Promise<void> {
    for (const { database, service, position, tenant, reason, row } of rows) {
      await this.#pool.query(
        `insert into quarantine (database, service, position, tenant, reason, row) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing`,
        [database, service, position, tenant, reason, row],
      )
    }
  }

  async take({
    busy,
    full,
    away,
    limit,
    limitPerTenant,
    weights,
    after,
  }: TakeOptions): Promise<LaneDelivery[]> {
    const elsewhere = away.flatMap(({ service, except }) => except.map((tenant) => ({ service, tenant })))
    const values = [
      busy,
      limitPerTenant,
      limit,
      after,
      full,
      away.map(({ service }) => service),
      away.map(({ tenant }) => tenant),
      elsewhere.map(({ service }) => service),
      elsewhere.map(({ tenant }) => tenant),
      [...weights.keys()],
      [...weights.values()],
      limitPerTenant * Math.max(1, ...weights.values()),
    ]
    const { rows } = await this.#pool.query<LaneDelivery>({ name: 'take', text: takeSql, values })
    return rows
  }

  async settle(delivery: Delivery, outcome: Outcome): Promise<void> {
    const { id, lane } = delivery
    if (outcome.kind === 'done') {
      await this.#settleDone(delivery)
    } else if (outcome.kind === 'retry') {
      const { refused, reason, inMs } = outcome
      await this.#pool.query(retrySql, [lane, refused ? 1 : 0, reason, inMs, id])
    } else {
      await this.#pool.query('select settle_delivery($1, $2, $3)', [id, outcome.kind, outcome.reason])
    }
  }

  /** Takes an event over that another store kept until its first attempt, which ended so. Repeating it changes nothing. */
  async adopt(kept: KeptEvent, outcome: Exclude<Outcome, { kind: 'done' }>): Promise<void> {
    const { tenant, service, laneSubject, source, id, type, event } = kept
    const waits = outcome.kind === 'retry'
    await this.#pool.query(adoptSql, [
      tenant,
      service,
      laneSubject,
      source,
      id,
      type,
      event,
      waits ? 'waiting' : outcome.kind,
      outcome.reason,
      waits && outcome.refused ? 1 : 0,
      waits ? outcome.inMs : 0,
    ])
  }

  /** How events of another store stand to what was adopted from it. */
  async standings(kept: readonly KeptEvent[]): Promise<Standing[]> {
    if (kept.length === 0) return []
    const { rows } = await this.#pool.query<{ standing: Standing }>(standingSql, [
      kept.map(({ tenant }) => tenant),
      kept.map(({ service }) => service),
      kept.map(({ laneSubject }) => laneSubject),
      kept.map(({ source }) => source),
      kept.map(({ id }) => id),
    ])
    return rows.map(({ standing }) => standing)
  }

  async park(tenant: string): Promise<void> {
    await this.#pool.query(parkSql, [tenant, true])
  }

  async resume(tenant: string): Promise<void> {
    await this.#pool.query(parkSql, [tenant, false])
  }

  async parkedTenants(): Promise<string[]> {
    const { rows } = await this.#pool.query<{ tenant: string }>(
      'select distinct tenant from lanes where parked',
    )
    return rows.map(({ tenant }) => tenant)
  }
}
