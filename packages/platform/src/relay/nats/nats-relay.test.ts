import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSigningKey } from '@tenantry/context'
import { type CloudEvent, emit, signEvent, writeEventToJson } from '@tenantry/propagation'
import { natsMissing, startNats, type TestNats } from '../../../../../tools/start-nats.ts'
import { plantBus, provisionNats } from '../../../test/bus-plant.ts'
import { EventPlant } from '../../../test/event-plant.ts'
import { addStreamLag } from '../../control-plane/events/add-stream-lag.ts'
import { replayEvents } from '../../control-plane/events/replay-events.ts'
import { connectNats } from './connect-nats.ts'
import { laneSubject, streamName } from './event-stream.ts'

/** What every test here needs: servers, the stream, and events through it. */
async function plantNats(count: number): Promise<{ nats: TestNats; plant: EventPlant }> {
  const nats = await startNats({ count })
  await provisionNats(nats, count)
  return { nats, plant: await EventPlant.build({ nats }) }
}

/** Each lane of each subscriber was handled in the order of emission, whatever came again. */
function assertInOrder(plant: EventPlant, emitted: readonly string[]) {
  const turns = new Map(emitted.map((id, at) => [id, at]))
  const lanes = Map.groupBy(
    plant.handled.filter(({ event }) => turns.has(event.id)),
    ({ tenant, deployment, event }) => `${deployment}/${tenant}/${event.subject}`,
  )
  for (const lane of lanes.values()) {
    const order = [...new Set(lane.map(({ event }) => turns.get(event.id) ?? -1))]
    assert.deepEqual(
      order,
      order.toSorted((x, y) => x - y),
    )
  }
}

async function assertOnce(plant: EventPlant, ids: readonly string[]) {
  for (const service of ['invoice', 'mail']) {
    const effects = (await plant.effects(service)).map(({ event }) => event).filter((id) => ids.includes(id))
    assert.deepEqual(effects.sort(), [...ids].sort())
  }
}

describe('the relay over NATS', { skip: natsMissing }, () => {
  let nats: TestNats
  let plant: EventPlant
  before(async () => {
    ;({ nats, plant } = await plantNats(1))
  })
  afterEach(async () => {
    await plant.stopRelays()
    plant.behaviour.clear()
    plant.handled.length = 0
    await plant.bus.query('truncate events, deliveries, lanes, quarantine, operations')
  })
  after(async () => {
    await plant.remove()
    await nats.stop()
  })

  const handledBy = (service: string) =>
    plant.handled.filter(({ deployment }) => deployment === `${service}.pool`).map(({ event }) => event.id)
  const states = async (id: string) =>
    (await plant.bus.query('select service, status from deliveries where event_id = $1', [id])).rows

  it('delivers what is emitted, and keeps nothing of it in PostgreSQL when it is handled at once', async (t) => {
    plant.startRelay()
    const latencies: number[] = []
    for (let round = 0; round < 20; round++) {
      const startedAtMs = performance.now()
      const id = await plant.emit('a', `latency ${round}`)
      await plant.eventually(() => handledBy('invoice').includes(id))
      latencies.push(performance.now() - startedAtMs)
    }
    await plant.drained()
    const p50 = latencies.sort((x, y) => x - y)[10] ?? 0
    t.diagnostic(`outbox to handler, p50: ${p50.toFixed(1)} ms`)
    assert.ok(p50 < 500)
    assert.equal(handledBy('mail').length, 20)
    assert.equal((await plant.bus.query('select from events')).rowCount, 0)
  })

  it('keeps the order of a subject through failures, and lets other subjects and tenants pass', async () => {
    let failures = 0
    plant.behaviour.set('invoice', ({ event, tenant }) =>
      tenant === 'a' && event.subject === 's1' && failures++ < 3 ? 500 : undefined,
    )
    plant.startRelay()
    const ids: string[] = []
    for (let at = 0; at < 10; at++) ids.push(await plant.emit('a', 's1', { data: at }))
    const others = [await plant.emit('a', 's2'), await plant.emit('b', 's1'), await plant.emit('a')]
    await plant.drained()
    assertInOrder(plant, ids)
    await assertOnce(plant, [...ids, ...others])
    const order = handledBy('invoice')
    for (const other of others) assert.ok(order.indexOf(other) < order.lastIndexOf(ids[9] ?? ''))
  })

  it('keeps the order of a backlog', async () => {
    const ids: string[] = []
    await plant.transaction('a', async (tx) => {
      for (let at = 0; at < 60; at++) ids.push(await emit(tx, 'order.paid', { at }, { subject: 'backlog' }))
    })
    plant.startRelay()
    await plant.drained()
    assert.deepEqual(handledBy('mail'), ids)
  })

  it('holds the events of a suspended tenant, also over a start, and delivers them in order once it is active', async () => {
    plant.putTenant({ id: 'c', status: 'suspended' })
    const relay = plant.startRelay()
    const ids = [await plant.emit('c', 's'), await plant.emit('c', 's')]
    const other = await plant.emit('a')
    await plant.eventually(() => handledBy('invoice').includes(other))
    await relay.close()
    plant.startRelay()
    ids.push(await plant.emit('c', 's'))
    await plant.emit('b')
    await plant.eventually(() => handledBy('invoice').length === 2)
    const kept = { bus: 0, outboxes: 0, inboxes: 0 }
    const lag = await addStreamLag({ lag: [], away: [], kept, unread: [] }, nats.provisioner, plant.directory)
    assert.deepEqual(
      lag.lag
        .filter(({ tenant }) => tenant === 'c')
        .map(({ service, waiting, parked }) => [service, waiting, parked])
        .sort(),
      [
        ['invoice', 3, true],
        ['mail', 3, true],
      ],
    )
    plant.putTenant({ id: 'c', status: 'active' })
    await plant.drained()
    assert.deepEqual(
      handledBy('invoice').filter((id) => ids.includes(id)),
      ids,
    )
  })

  it('gives up what is refused ten times, and delivers it first in its lane when it is replayed', async () => {
    const [bad, good] = [await plant.emit('a', 'refused'), await plant.emit('a', 'refused')]
    plant.behaviour.set('invoice', ({ event }) => (event.id === bad ? 422 : undefined))
    plant.startRelay()
    await plant.eventually(async () => {
      await plant.bus.query(
        `update lanes set refusals = 9, next_attempt_at = now() where refusals between 1 and 8`,
      )
      return (await states(bad)).some(({ status }) => status === 'dead')
    })
    await plant.drained()
    assert.ok(handledBy('invoice').includes(good))
    plant.behaviour.set('invoice', () => 503)
    const next = await plant.emit('a', 'refused')
    await plant.eventually(() => handledBy('invoice').includes(next))
    await replayEvents(plant.bus, { operator: 'ada', ids: [bad] })
    plant.handled.length = 0
    plant.behaviour.clear()
    await plant.drained()
    assert.deepEqual([...new Set(handledBy('invoice'))], [bad, next])
    await assertOnce(plant, [bad, good, next])
  })

  it('quarantines what was written to the stream past the relay, and hands none of it to a service', async () => {
    const { connection, jetstream } = await connectNats(nats.provisioner, 'test')
    const sample = plant.sampleEvent()
    const waiting = plant.sampleEvent()
    const write = (event: string, lane: string) => jetstream.publish(laneSubject('a', 'invoice', lane), event)
    const signed = (event: CloudEvent) => writeEventToJson(signEvent(event, plant.key))
    const forged = writeEventToJson(signEvent({ ...sample, id: 'forged' }, readSigningKey(plant.strangerKey)))
    await write(forged, 'id:forged')
    await write(signed({ ...sample, id: 'moved', tenantid: 'b' }), 'id:moved')
    await write(signed({ ...sample, id: 'copied', subject: 's' }), 'id:copied')
    await write('no event at all\0', 'id:nothing')
    // It says that it is an event that waits, and comes before it.
    await write(forged.replace('"forged"', JSON.stringify(waiting.id)), `id:${waiting.id}`)
    await write(signed(waiting), `id:${waiting.id}`)
    await connection.close()
    plant.startRelay()
    await plant.drained()
    assert.deepEqual(handledBy('invoice'), [waiting.id])
    const { rows } = await plant.bus.query('select event_id, tenant, status, last_error from deliveries')
    assert.deepEqual(rows.map(({ last_error }) => last_error).sort(), [
      'event refused: signed with an unknown key',
      'event refused: signed with an unknown key',
      'it is in another lane than its own',
      'it is in another lane than its own',
      'the bus names another tenant',
    ])
    assert.ok(rows.every(({ tenant, status }) => tenant === 'a' && status === 'quarantined'))
    assert.ok(rows.every(({ event_id }) => /^place-\d+-/.test(event_id)))
  })

  it('delivers with one relay at a time, also what another one stored; a second takes over', async () => {
    const first = plant.startRelay()
    await plant.emit('a')
    await plant.drained()
    plant.startRelay()
    const ids: string[] = []
    for (let at = 0; at < 20; at++) ids.push(await plant.emit('a', 'both'))
    await plant.drained()
    await first.close()
    for (let at = 0; at < 5; at++) ids.push(await plant.emit('a', 'both'))
    await plant.drained()
    assertInOrder(plant, ids)
    await assertOnce(plant, ids)
  })

  it('fills a stream that was lost from the outboxes, and doubles no effect', async () => {
    const relay = plant.startRelay()
    const ids = [await plant.emit('a', 'lost')]
    await plant.drained()
    plant.behaviour.set('invoice', () => sleep(50, undefined))
    for (let at = 0; at < 10; at++) ids.push(await plant.emit('a', 'lost'))
    await plant.eventually(() => handledBy('invoice').length >= 3)
    // To delete a stream that is being read ends a server of 2.9 by a fault of its own.
    await relay.close()
    const { connection, manager } = await connectNats(nats.provisioner, 'test')
    await manager.streams.delete(streamName)
    await connection.close()
    await provisionNats(nats, 1)
    await plant.admin().query('update "order".outbox set relayed_at = null')
    plant.startRelay()
    await plant.eventually(() => ids.every((id) => handledBy('invoice').includes(id)), 30_000)
    await plant.drained(30_000)
    await assertOnce(plant, ids)
  })

  it('waits for NATS while it is away, and loses nothing', async () => {
    plant.startRelay()
    const ids = [await plant.emit('a', 's')]
    await plant.drained()
    await nats.kill(0)
    ids.push(await plant.emit('a', 's'), await plant.emit('b', 's'))
    await sleep(500)
    await nats.restart(0)
    await plant.drained(20_000)
    await assertOnce(plant, ids)
    assertInOrder(plant, ids)
  })

  it('loses nothing, doubles no effect and keeps the order when the relay is killed at any moment', async (t) => {
    const seed = Math.random()
    t.diagnostic(`seed: ${seed}`)
    const ids: string[] = []
    let relay: ChildProcess = await plant.spawnRelay()
    try {
      for (let round = 0; round < 2; round++) {
        const emitting = Promise.all(
          ['a', 'b', 'c'].map(async (tenant) => {
            for (let at = 0; at < 15; at++) ids.push(await plant.emit(tenant, `${tenant}${at % 3}`))
          }),
        )
        await sleep(((seed * 7919 * (round + 1)) % 1) * 120)
        relay.kill('SIGKILL')
        await once(relay, 'exit')
        await emitting
        relay = await plant.spawnRelay()
      }
      await plant.drained(30_000)
    } finally {
      relay.kill('SIGKILL')
    }
    await assertOnce(plant, ids)
    assertInOrder(plant, ids)
  })

  it('can do no more on NATS than store, read and remove events', async (t) => {
    const { connection, manager } = await connectNats(nats.relay, 'test')
    t.after(() => connection.close())
    await assert.rejects(manager.streams.purge(streamName))
    await assert.rejects(manager.streams.delete(streamName))
    await assert.rejects(connection.request('elsewhere', '', { timeout: 500 }))
  })
})

describe('the bus over NATS', { skip: natsMissing }, () => {
  it('keeps the order of a lane in which two relays store events', async (t) => {
    const plant = await plantBus('nats')
    t.after(() => plant.remove())
    const anything = {
      ...{ busy: [], full: [], away: [], limit: 9, limitPerTenant: 9 },
      weights: new Map(),
      after: '',
    }
    const [delivering, other] = [plant.open(), plant.open()]
    assert.deepEqual(await delivering.take(anything), [])
    const events = Array.from({ length: 6 }, () => plant.event({ subject: 's' }))
    for (const [at, event] of events.entries()) await (at % 2 ? delivering : other).publish([event])
    const order: string[] = []
    for (let at = 0; at < events.length; at++) {
      const head = (await delivering.take(anything)).find(({ service }) => service === 'invoice')
      assert.ok(head)
      order.push(JSON.parse(head.event).id)
      await delivering.settle(head, { kind: 'done' })
    }
    assert.deepEqual(
      order,
      events.map(({ id }) => id),
    )
  })

  it('gives nothing again that was set aside, where the relay ended before it was taken out of the stream', async (t) => {
    const plant = await plantBus('nats')
    t.after(() => plant.remove())
    const anything = {
      ...{ busy: [], full: [], away: [], limit: 9, limitPerTenant: 9 },
      weights: new Map(),
      after: '',
    }
    const bus = plant.open()
    const event = plant.event()
    await bus.publish([event])
    for (const delivery of await bus.take(anything))
      await bus.settle(delivery, { kind: 'retry', reason: 'failed', refused: false, inMs: 60_000 })
    const { connection, jetstream, manager } = await connectNats(
      plant.nats?.provisioner ?? assert.fail(),
      'test',
    )
    t.after(() => connection.close())
    await jetstream.publish(laneSubject('a', 'invoice', `id:${event.id}`), writeEventToJson(event))
    assert.deepEqual(await plant.open().take(anything), [])
    assert.equal((await manager.streams.info(streamName)).state.messages, 0)
  })
})

describe('the relay over a cluster of three NATS servers', { skip: natsMissing }, () => {
  let nats: TestNats
  let plant: EventPlant
  before(async () => {
    ;({ nats, plant } = await plantNats(3))
  })
  after(async () => {
    await plant.remove()
    await nats.stop()
  })

  it('loses nothing, doubles no effect and keeps the order when the leading server is killed while events flow', async (t) => {
    plant.startRelay()
    const ids: string[] = []
    let flowing = true
    const flow = ['a', 'b', 'c'].map(async (tenant) => {
      for (let at = 0; flowing; at++) {
        ids.push(await plant.emit(tenant, `${tenant}${at % 3}`))
        await sleep(120)
      }
    })
    await plant.eventually(() => plant.handled.length > 10, 20_000)
    const { connection, manager } = await connectNats(nats.provisioner, 'test')
    const leader = (await manager.streams.info(streamName)).cluster?.leader ?? ''
    await connection.close()
    const killedAtMs = performance.now()
    await nats.kill(Number(leader.slice(1)))
    const before = ids.length
    await plant.eventually(() => plant.handled.some(({ event }) => ids.indexOf(event.id) >= before), 30_000)
    t.diagnostic(
      `events flow again ${(performance.now() - killedAtMs).toFixed(0)} ms after ${leader} was killed`,
    )
    await sleep(500)
    await nats.restart(Number(leader.slice(1)))
    await sleep(1_000)
    flowing = false
    await Promise.all(flow)
    await plant.drained(40_000)
    t.diagnostic(`${ids.length} events`)
    await assertOnce(plant, ids)
    assertInOrder(plant, ids)
  })
})
