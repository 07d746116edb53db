import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, afterEach, before, describe, it, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { signEvent } from '@tenantry/propagation'
import { natsMissing, startNats, type TestNats } from '../../../../../tools/start-nats.ts'
import { provisionNats } from '../../../test/bus-plant.ts'
import { EventPlant } from '../../../test/event-plant.ts'
import { PostgresBus } from '../../relay/postgres-bus.ts'
import { discardEvents } from '../events/discard-events.ts'
import { replayEvents } from '../events/replay-events.ts'
import { pruneBus } from './prune-bus.ts'
import { pruneServiceTables } from './prune-service-tables.ts'
import { Pruning, type PruningParts } from './pruning.ts'
import { retentionOf } from './retention.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const week = { bus: 'postgres', keep: '7d', keepRecords: '365d' } as const
const services = ['order', 'invoice', 'mail']

test('what keeps an event from a second effect outlives it, however short the rest is kept', () => {
  assert.deepEqual(retentionOf(week), {
    handledMs: 7 * dayMs,
    undeliverableMs: 8 * dayMs,
    recordsMs: 365 * dayMs,
  })
  assert.deepEqual(retentionOf({ ...week, keep: '1h' }), {
    handledMs: hourMs,
    undeliverableMs: 8 * dayMs,
    recordsMs: 365 * dayMs,
  })
  assert.equal(retentionOf({ ...week, keep: '30d' }).undeliverableMs, 31 * dayMs)
})

describe('the bus', () => {
  let plant: EventPlant
  before(async () => {
    plant = await EventPlant.build()
  })
  afterEach(() => plant.bus.query('truncate events, deliveries, lanes, quarantine, operations'))
  after(() => plant.remove())

  /** Puts an event on the bus whose deliveries stand as told, each since so many days; returns its id. */
  async function store(...deliveries: [status: string, days: number][]): Promise<string> {
    const event = plant.sampleEvent()
    const bus = new PostgresBus(
      plant.busPool(),
      new Map([[event.type, deliveries.map((_, at) => `service-${at}`)]]),
    )
    await bus.publish([signEvent(event, plant.key)])
    await plant.bus.query(`update events set stored_at = now() - interval '20 days' where id = $1`, [
      event.id,
    ])
    for (const [at, [status, days]] of deliveries.entries()) {
      const own = [event.id, `service-${at}`]
      if (status === 'parked') {
        await plant.bus.query('update lanes set parked = true where service = $1', [own[1]])
      } else if (status !== 'waiting') {
        await plant.bus.query(
          `select settle_delivery(position, $3, null) from deliveries where event_id = $1 and service = $2`,
          [...own, status],
        )
        await plant.bus.query(
          `update deliveries set settled_at = now() - make_interval(days => $3) where event_id = $1 and service = $2`,
          [...own, days],
        )
      }
    }
    return event.id
  }

  const ids = async () =>
    (await plant.bus.query<{ id: string }>('select id from events')).rows.map(({ id }) => id)

  it('forgets events that every subscriber handled, and none sooner than the configuration says', async () => {
    const over = [await store(['done', 8], ['done', 20]), await store(['done', 8]), await store()]
    const kept = [await store(['done', 6]), await store(['done', 20], ['done', 6])]
    assert.equal(await pruneBus(plant.bus, retentionOf(week)), over.length)
    assert.deepEqual((await ids()).sort(), kept.sort())
    const { rows } = await plant.bus.query('select distinct event_id as id from deliveries order by 1')
    assert.deepEqual(
      rows.map(({ id }) => id),
      kept.sort(),
    )
    assert.equal(await pruneBus(plant.bus, retentionOf({ ...week, keep: '5d' })), kept.length)
  })

  it('keeps what waits, is parked, dead or quarantined until somebody decides, and all that is known of such an event', async () => {
    const kept = []
    for (const status of ['waiting', 'parked', 'dead', 'quarantined']) {
      kept.push(await store([status, 20]), await store(['done', 20], [status, 20], ['discarded', 20]))
    }
    const count = async () => (await plant.bus.query('select from deliveries')).rowCount
    const before = await count()
    assert.equal(await pruneBus(plant.bus, retentionOf({ ...week, keep: '1h' })), 0)
    assert.deepEqual((await ids()).sort(), kept.sort())
    assert.equal(await count(), before)
    const [dead = ''] = kept.slice(4)
    await discardEvents(plant.bus, { operator: 'ada', ids: [dead] })
    await plant.bus.query(
      `update deliveries set settled_at = now() - interval '9 days' where event_id = $1`,
      [dead],
    )
    assert.equal(await pruneBus(plant.bus, retentionOf(week)), 1)
  })

  it('keeps a discarded delivery until its event can be delivered no more', async () => {
    await store(['discarded', 9])
    const kept = await store(['discarded', 7])
    assert.equal(await pruneBus(plant.bus, retentionOf({ ...week, keep: '1h' })), 1)
    assert.deepEqual(await ids(), [kept])
  })

  it('forgets discarded rows that were no events, and keeps those that nobody looked at', async () => {
    await plant.bus.query(
      `insert into quarantine (database, service, position, tenant, reason, row, quarantined_at, discarded_at) values
         ('d', 'order', 1, 'a', 'r', '{}', now() - interval '99 days', now() - interval '9 days'),
         ('d', 'order', 2, 'a', 'r', '{}', now() - interval '99 days', now() - interval '7 days'),
         ('d', 'order', 3, 'a', 'r', '{}', now() - interval '99 days', null)`,
    )
    await pruneBus(plant.bus, retentionOf(week))
    const { rows } = await plant.bus.query('select position::int from quarantine order by 1')
    assert.deepEqual(rows, [{ position: 2 }, { position: 3 }])
  })

  it('forgets what operators did after a year, unless the event is still there', async () => {
    const dead = await store(['dead', 400])
    await plant.bus.query(
      `insert into quarantine (database, service, position, tenant, reason, row) values ('d', 'order', 1, 'a', 'r', '{}')`,
    )
    const record = (id: string, days: number) =>
      plant.bus.query(
        `insert into operations (at, operator, action, tenant, event_id) values (now() - make_interval(days => $2), 'ada', 'replayed', 'a', $1)`,
        [id, days],
      )
    await record('gone', 366)
    await record('young', 364)
    await record(dead, 400)
    await record('d:order:1', 400)
    await pruneBus(plant.bus, retentionOf(week))
    const { rows } = await plant.bus.query('select event_id as id from operations order by position')
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['young', dead, 'd:order:1'],
    )
  })

  it('is read piece by piece, never as a whole', async () => {
    await plant.bus.query(
      `insert into events select 'a', 's', n::text, 't', repeat('x', 1000), now() - interval '20 days' from generate_series(1, 3000) n;
       insert into deliveries (tenant, service, subject, source, event_id, status, settled_at)
       select 'a', 'mail', '', 's', n::text, 'done', now() - interval '20 days' from generate_series(1, 3000) n;
       analyze events, deliveries`,
    )
    const statements: number[] = []
    const counting = {
      query: async (text: string, values: unknown[]) => {
        const result = await plant.bus.query(text, values)
        if (text.includes('with over')) {
          statements.push(result.rowCount ?? 0)
        }
        return result
      },
    }
    assert.equal(await pruneBus(counting as never, retentionOf(week)), 3_000)
    // 256 KiB of rows of one KiB.
    assert.ok(Math.max(...statements) <= 256, String(statements))
    assert.equal((await plant.bus.query('select from deliveries')).rowCount, 0)
  })
})

describe('outboxes and inboxes', () => {
  let plant: EventPlant
  before(async () => {
    plant = await EventPlant.build()
  })
  after(() => plant.remove())

  it('forget what was relayed and what can be delivered no more, and nothing else', async () => {
    const admin = plant.admin()
    const emitted = []
    for (let at = 0; at < 4; at++) emitted.push(await plant.emit('a'))
    for (const [at, days] of [8, 6, null].entries()) {
      await admin.query(
        `update "order".outbox set created_at = now() - interval '20 days', relayed_at = now() - make_interval(days => $2) where id = $1`,
        [emitted[at], days],
      )
    }
    await admin.query(
      `insert into invoice.inbox (source, event_id, handled_at, tenantry_tenant)
       select 's', days::text, now() - make_interval(days => days), tenant from unnest(array[6, 7, 9]) days, unnest(array['a', 'b']) tenant`,
    )
    const left = async () => ({
      outbox: (await admin.query('select id from "order".outbox order by position')).rows.map(({ id }) => id),
      inbox: (await admin.query('select event_id as id from invoice.inbox order by 1')).rows.map(
        ({ id }) => id,
      ),
    })
    assert.equal(await pruneServiceTables(admin, services, retentionOf(week)), 3)
    assert.deepEqual(await left(), { outbox: emitted.slice(1), inbox: ['6', '6', '7', '7'] })
    // A shorter time shortens nothing that a second effect hangs on.
    assert.equal(await pruneServiceTables(admin, services, retentionOf({ ...week, keep: '1h' })), 1)
    assert.deepEqual(await left(), { outbox: emitted.slice(2), inbox: ['6', '6', '7', '7'] })
  })

  it('are passed over when one of them is being changed, and the next database has its turn', async () => {
    await plant.addDatabase('5120', 'own')
    await plant.emit('a')
    for (const name of ['pool', '5120']) {
      await plant
        .admin(name)
        .query(
          `insert into mail.inbox (source, event_id, handled_at, tenantry_tenant) values ('s', 'old', now() - interval '9 days', 'a')`,
        )
    }
    const locking = plant.admin('pool')
    const troubles: Error[] = []
    const parts: PruningParts = {
      provisioner: {
        inDatabase: async (name, work) => {
          if (name === 'bus') return work(plant.bus)
          const client = await plant.connect(name)
          return work(client).finally(() => client.end())
        },
      },
      bus: 'bus',
      databases: async () => [...plant.directory.databases.values()],
      retention: retentionOf(week),
      onTrouble: (error) => troubles.push(error as Error),
      firstMs: 0,
    }
    await locking.query('begin; lock table "order".outbox')
    const pruning = new Pruning(parts)
    pruning.start()
    const isLeft = async (name: string) =>
      (await plant.admin(name).query(`select from mail.inbox where event_id = 'old'`)).rowCount === 1
    await plant.eventually(async () => !(await isLeft('5120')), 10_000)
    assert.match(troubles[0]?.message ?? '', /lock timeout/)
    assert.equal(await isLeft('pool'), true)
    await locking.query('rollback')
    await pruning.close()
  })
})

for (const kind of ['PostgreSQL', 'NATS'] as const) {
  describe(`events in ${kind} that are pruned while they are delivered, replayed and relayed again`, {
    skip: kind === 'NATS' && natsMissing,
  }, () => {
    let plant: EventPlant
    let nats: TestNats | undefined
    before(async () => {
      nats = kind === 'NATS' ? await startNats() : undefined
      if (nats) await provisionNats(nats, 1)
      plant = await EventPlant.build(nats ? { nats } : {})
    })
    after(async () => {
      await plant.remove()
      await nats?.stop()
    })

    it('are neither lost nor handled twice, and keep their order', async (t) => {
      const seed = Math.random()
      t.diagnostic(`seed: ${seed}`)
      // What is over goes at once; what keeps an event from a second effect is kept as ever.
      const retention = { ...retentionOf(week), handledMs: 0 }
      const ids: string[] = []
      const answered = new Set<string>()
      let pruned = 0
      let replayed = 0
      plant.behaviour.set('invoice', ({ event }) => {
        const turn = ids.indexOf(event.id)
        // One in five is handled and answered, once, as if it were not; one in seven is refused until it is dead.
        if (turn % 5 === 4 && !answered.has(event.id)) {
          answered.add(event.id)
          return 1500
        }
        return turn % 7 === 6 && replayed === 0 ? 422 : undefined
      })
      const stopping = new AbortController()
      const until = async (work: () => Promise<unknown>) => {
        while (!stopping.signal.aborted) await work()
      }
      const busClient = await plant.connectToBus()
      const databaseClient = await plant.connect(plant.databaseOf())
      const pruning = until(async () => {
        pruned += await pruneBus(busClient, retention)
        // Not that soon, so that events come again which the bus knows no more.
        pruned += await pruneServiceTables(databaseClient, services, { ...retention, handledMs: 500 })
      })
      const relayAgain = until(async () => {
        await sleep(30)
        await plant
          .admin()
          .query(
            `update "order".outbox set relayed_at = null where position in (select position from "order".outbox order by random() limit 5)`,
          )
      })
      const hurrying = until(async () => {
        await sleep(20)
        await plant.bus.query(
          `update lanes set refusals = 9, next_attempt_at = now() where service = 'invoice' and refusals between 1 and 8`,
        )
      })
      let relay: ChildProcess = await plant.spawnRelay()
      try {
        for (let round = 0; round < 4; round++) {
          const emitting = Promise.all(
            ['a', 'b', 'c'].map(async (tenant) => {
              for (let at = 0; at < 12; at++) ids.push(await plant.emit(tenant, `${tenant}${at % 3}`))
            }),
          )
          await sleep(50 + ((seed * 7919 * (round + 1)) % 1) * 150)
          relay.kill('SIGKILL')
          await once(relay, 'exit')
          await emitting
          relay = await plant.spawnRelay()
        }
        await plant.eventually(async () => {
          const dead = await plant.bus.query(`select from deliveries where status = 'dead'`)
          return (dead.rowCount ?? 0) >= 3
        }, 20_000)
        replayed = 1
        await plant.eventually(async () => {
          for (const tenant of ['a', 'b', 'c']) {
            await replayEvents(plant.bus, { operator: 'ada', tenant, service: 'invoice' })
          }
          const effects = await plant.effects('invoice')
          return effects.length >= ids.length
        }, 30_000)
        stopping.abort()
        await Promise.all([pruning, relayAgain, hurrying])
        await plant.drained(30_000)
      } finally {
        stopping.abort()
        relay.kill('SIGKILL')
        await Promise.allSettled([pruning, relayAgain, hurrying])
        await busClient.end()
        await databaseClient.end()
      }
      for (const service of ['invoice', 'mail']) {
        const effects = await plant.effects(service)
        assert.deepEqual(effects.map(({ event }) => event).sort(), [...ids].sort(), service)
      }
      // Nothing was refused by mail: whatever came again, each lane was first handled in the order of emission.
      const mailed = plant.handled.filter(({ deployment }) => deployment === 'mail.pool')
      for (const lane of Map.groupBy(mailed, ({ tenant, event }) => `${tenant}/${event.subject}`).values()) {
        const turns = [...new Set(lane.map(({ event }) => ids.indexOf(event.id)))]
        assert.deepEqual(
          turns,
          turns.toSorted((x, y) => x - y),
        )
      }
      t.diagnostic(
        `${pruned} events and rows were deleted meanwhile, and ${mailed.length - ids.length} deliveries came again`,
      )
      assert.ok(pruned >= ids.length / 2)
      // NATS itself knows for ten minutes what it had.
      if (kind === 'PostgreSQL') assert.ok(mailed.length > ids.length)
    })
  })
}
