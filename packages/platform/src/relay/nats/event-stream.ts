import { createHash } from 'node:crypto'
import type { NatsClient } from './connect-nats.ts'

/** The stream that holds every event that waits for its first attempt, once for each subscribed service. */
export const streamName = 'TENANTRY_EVENTS'

const prefix = 'tenantry.events'

/** A stored event, with its place in the stream. */
export interface StoredMessage {
  readonly seq: number
  readonly event: string
}

/** The subject of a lane. What a service names its lane by is hashed: it may be any text. */
export function laneSubject(tenant: string, service: string, lane: string): string {
  return `${prefix}.${tenant}.${service}.${createHash('sha256').update(lane).digest('base64url')}`
}

/** Whose lane it is; empty texts for a subject that is none of ours. */
export function readLaneSubject(subject: string): { tenant: string; service: string } {
  const [, , tenant = '', service = ''] = subject.split('.')
  return { tenant, service }
}

/** Makes the stream, or brings it to what it has to be. Can be repeated. */
export async function installEventStream({ manager }: NatsClient, replicas: number): Promise<void> {
  const config = {
    subjects: [`${prefix}.>`],
    num_replicas: replicas,
    // Longer than any publisher tries without being heard; what comes again later is known by its inbox row.
    duplicate_window: 10 * 60 * 1_000_000_000,
  }
  const known = await manager.streams.info(streamName).catch(() => undefined)
  if (known) await manager.streams.update(streamName, config)
  else await manager.streams.add({ name: streamName, ...config })
}

/** The stream as the relay and whoever measures it use it. Each call rejects when no quorum of the servers answers. */
export class EventStream {
  readonly #client: NatsClient

  constructor(client: NatsClient) {
    this.#client = client
  }

  /** Stores an event and returns its place. One that was stored under `id` a short while ago is not stored twice. */
  async publish(subject: string, id: string, event: string): Promise<number> {
    const { seq } = await this.#client.jetstream.publish(subject, event, {
      msgID: id,
      expect: { streamName },
    })
    return seq
  }

  /** The first event of a lane at or after a place. */
  async next(subject: string, seq: number): Promise<StoredMessage | undefined> {
    // The server knows this form since 2.9; the client's types do not name it.
    const query = { seq, next_by_subj: subject }
    const message = await this.#client.manager.streams.getMessage(streamName, query)
    return message ? { seq: message.seq, event: message.string() } : undefined
  }

  /** Takes an event out for good. Repeating it changes nothing. */
  async remove(seq: number): Promise<void> {
    const { streams } = this.#client.manager
    try {
      await streams.deleteMessage(streamName, seq, false)
    } catch (error) {
      if (await streams.getMessage(streamName, { seq })) throw error
    }
  }

  /** The place of the last event that was ever stored. */
  async lastSeq(): Promise<number> {
    return (await this.#client.manager.streams.info(streamName)).state.last_seq
  }

  /** Every lane with how many events it has, and the place of the last event at that moment. */
  async lanes(): Promise<{ lastSeq: number; counts: Map<string, number> }> {
    const { state } = await this.#client.manager.streams.info(streamName, { subjects_filter: `${prefix}.>` })
    return { lastSeq: state.last_seq, counts: new Map(Object.entries(state.subjects ?? {})) }
  }

  /** When the oldest event that one service is to get for a tenant was stored. */
  async oldestAt(tenant: string, service: string): Promise<Date | undefined> {
    const query = { seq: 1, next_by_subj: `${prefix}.${tenant}.${service}.*` }
    return (await this.#client.manager.streams.getMessage(streamName, query))?.time
  }
}
