import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateSigningJwk, readSigningKey } from '@tenantry/context'
import { type CloudEvent, type SignedEvent, signEvent } from '@tenantry/propagation'
import { type Client, Pool } from 'pg'
import { startNats, type TestNats } from '../../../tools/start-nats.ts'
import { createTestDatabase, startTestPostgres } from '../../../tools/test-postgres.ts'
import type { EventBus } from '../src/relay/event-bus.ts'
import { installBus } from '../src/relay/install-bus.ts'
import { connectNats } from '../src/relay/nats/connect-nats.ts'
import { installEventStream } from '../src/relay/nats/event-stream.ts'
import { KeptConnection } from '../src/relay/nats/kept-connection.ts'
import { NatsBus } from '../src/relay/nats/nats-bus.ts'
import { PostgresBus } from '../src/relay/postgres-bus.ts'

const subscribers = new Map([['order.placed', ['invoice', 'mail']]])

/** A bus for tests, over real servers. */
export interface BusPlant {
  /** Another one over the same servers, as of a relay that starts anew. */
  open(): EventBus
  /** The bus database, as the superuser. */
  readonly client: Client
  readonly nats: TestNats | undefined
  /** A signed event of tenant `a`, unless another is named. */
  event(attributes?: Partial<CloudEvent>): SignedEvent
  empty(): Promise<void>
  remove(): Promise<void>
}

/** Events in PostgreSQL, or in NATS. */
export async function plantBus(kind: 'postgres' | 'nats'): Promise<BusPlant> {
  const server = await startTestPostgres()
  const database = await createTestDatabase(server)
  const client = await database.connect()
  await installBus(client)
  const { host, port, user, password } = server
  const pool = new Pool({ host, port, user, password, database: database.name, max: 4 })
  const nats = kind === 'nats' ? await startNats() : undefined
  if (nats) await provisionNats(nats, 1)
  const connections: KeptConnection[] = []
  const key = readSigningKey(generateSigningJwk())
  return {
    client,
    nats,
    open() {
      const inPostgres = new PostgresBus(pool, subscribers)
      if (!nats) return inPostgres
      const connection = new KeptConnection(nats.relay, 'test')
      connections.push(connection)
      return new NatsBus({ stream: () => connection.stream(), aside: inPostgres, subscribers })
    },
    event: (attributes) =>
      signEvent(
        {
          specversion: '1.0',
          id: randomUUID(),
          source: 'urn:tenantry:service:order',
          type: 'order.placed',
          time: new Date().toISOString().replace(/\.\d+/, ''),
          datacontenttype: 'application/json',
          tenantid: 'a',
          data: '{}',
          ...attributes,
        },
        key,
      ),
    async empty() {
      await client.query('truncate events, deliveries, lanes, quarantine, operations')
      if (!nats) return
      const { connection, manager } = await connectNats(nats.provisioner, 'test')
      await manager.streams.purge('TENANTRY_EVENTS')
      await connection.close()
    },
    async remove() {
      await Promise.all(connections.map((connection) => connection.close()))
      await nats?.stop()
      await pool.end()
      await client.end()
      await database.drop()
      await server.stop()
    },
  }
}

/** Makes the stream; a cluster has to elect who may before. */
export async function provisionNats({ provisioner }: TestNats, replicas: number): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    const client = await connectNats(provisioner, 'test')
    try {
      return await installEventStream(client, replicas)
    } catch (error) {
      if (attempts > 50) throw error
      await sleep(200)
    } finally {
      await client.connection.close()
    }
  }
}
