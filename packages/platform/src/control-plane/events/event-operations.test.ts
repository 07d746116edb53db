import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { signEvent } from '@tenantry/propagation'
import Fastify, { type FastifyInstance } from 'fastify'
import { EventPlant } from '../../../test/event-plant.ts'
import { installBus } from '../../relay/install-bus.ts'
import { PostgresBus } from '../../relay/postgres-bus.ts'
import { ControlPlaneClient } from '../control-plane-client.ts'
import { addEventRoutes } from './event-routes.ts'
import { measureEventLag } from './measure-event-lag.ts'

describe('what operators see of events and do with them', () => {
  let plant: EventPlant
  let app: FastifyInstance
  let operators: ControlPlaneClient
  before(async () => {
    plant = await EventPlant.build()
    app = Fastify()
    const databases = [...plant.directory.databases.values()]
    addEventRoutes(app, {
      inBus: (work) => work(plant.bus),
      lag: () =>
        measureEventLag(
          { inDatabase: (name, work) => work(name === 'bus' ? plant.bus : plant.admin()) },
          { bus: 'bus', databases },
        ),
    })
    operators = new ControlPlaneClient({ url: await app.listen({ port: 0 }), adminToken: 'any' })
  })
  afterEach(async () => {
    await plant.stopRelays()
    plant.behaviour.clear()
    plant.handled.length = 0
    await plant.bus.query('truncate events, deliveries, lanes, quarantine, operations')
  })
  after(async () => {
    await app.close()
    await plant.remove()
  })

  const operator = 'ada'
  const refuse = (...ids: string[]) =>
    plant.behaviour.set('invoice', ({ event }) => (ids.includes(event.id) ? 422 : undefined))
  const stateOf = async (id: string, service = 'invoice') =>
    (await operators.event(id, { service }))[0]?.deliveries[0]?.state
  const handled = () =>
    plant.handled.filter(({ deployment }) => deployment === 'invoice.pool').map(({ event }) => event.id)

  /** Emits events that invoice refuses, and settles when all of them were given up. */
  async function emitDead(tenant: string, subject: string, count: number): Promise<string[]> {
    const ids: string[] = []
    for (let at = 0; at < count; at++)
      ids.push(await plant.emit(tenant, subject, { data: { secret: 'mine' } }))
    refuse(...ids)
    plant.startRelay()
    await plant.eventually(async () => {
      await plant.bus.query(
        `update lanes set refusals = 9, next_attempt_at = now() where service = 'invoice' and refusals between 1 and 8`,
      )
      const { rows } = await plant.bus.query(
        `select from deliveries where status = 'dead' and event_id = any ($1)`,
        [ids],
      )
      return rows.length === count
    }, 10_000)
    await plant.drained()
    return ids
  }

  it('lists dead events with why and how often, and nothing that is over', async () => {
    const [first, second] = await emitDead('a', 's', 2)
    const fine = await plant.emit('b')
    await plant.drained()
    const { events, more } = await operators.events({ limit: 100 })
    assert.equal(more, false)
    assert.deepEqual(
      events.map(({ id, tenant, service, state, subject, reason }) => ({
        id,
        tenant,
        service,
        state,
        subject,
        reason,
      })),
      [second, first].map((id) => ({
        id,
        tenant: 'a',
        service: 'invoice',
        state: 'dead',
        subject: 's',
        reason: '`invoice` answered 422',
      })),
    )
    assert.equal(await stateOf(fine), 'done')
    assert.equal((await operators.events({ limit: 1 })).more, true)
    assert.deepEqual((await operators.events({ limit: 9, tenant: 'b' })).events, [])
    assert.deepEqual((await operators.events({ limit: 9, service: 'mail' })).events, [])
    assert.deepEqual((await operators.events({ limit: 9, state: 'waiting' })).events, [])
  })

  it('shows each attempt with its time, and neither data, signature nor token unless the data is asked for, on record', async () => {
    const [id = ''] = await emitDead('a', 's', 1)
    const [event] = await operators.event(id)
    assert.deepEqual(event?.operations, [])
    assert.equal(event?.attributes.type, 'order.placed')
    const [invoice, mail] = event?.deliveries ?? []
    assert.equal(invoice?.service, 'invoice')
    assert.equal(invoice?.attempts, invoice?.failures.length)
    assert.ok(invoice && invoice.attempts >= 2)
    const times = invoice.failures.map(({ at }) => Date.parse(at))
    assert.deepEqual(
      times,
      times.toSorted((x, y) => x - y),
    )
    assert.deepEqual([mail?.state, mail?.attempts, mail?.failures], ['done', 1, []])
    assert.doesNotMatch(JSON.stringify(event), /mine|dsse|eyJ/)
    const [withData] = await operators.event(id, { dataFor: operator })
    assert.equal(withData?.data, '{"secret":"mine"}')
    assert.doesNotMatch(JSON.stringify(withData), /dsse|eyJ/)
    assert.deepEqual(
      withData?.operations.map(({ operator: by, action }) => [by, action]),
      [['ada', 'data shown']],
    )
  })

  it('keeps the last twenty attempts of an event that is tried for days, and counts all', async () => {
    const bus = new PostgresBus(plant.busPool(), new Map([['order.placed', ['invoice']]]))
    const event = plant.sampleEvent()
    await bus.publish([signEvent(event, plant.key)])
    const nobody = {
      ...{ busy: [], full: [], away: [], limit: 1, limitPerTenant: 1 },
      weights: new Map(),
      after: '',
    }
    for (let at = 0; at < 25; at++) {
      const [delivery] = await bus.take(nobody)
      assert.ok(delivery)
      await bus.settle(delivery, { kind: 'retry', reason: `try ${at}`, refused: false, inMs: 0 })
    }
    const [last] = await bus.take(nobody)
    assert.ok(last)
    await bus.settle(last, { kind: 'dead', reason: 'enough' })
    const delivery = (await operators.event(event.id))[0]?.deliveries[0]
    assert.equal(delivery?.attempts, 26)
    const reasons = delivery.failures.map(({ reason }) => reason)
    assert.deepEqual([reasons.length, reasons[0], reasons.at(-1)], [20, 'try 6', 'enough'])
  })

  it('replays under the same id, in the order of the lane and before what waits there, with the effect of once', async () => {
    const dead = await emitDead('a', 's', 3)
    plant.handled.length = 0
    plant.behaviour.set('invoice', () => 503)
    const waiting = [await plant.emit('a', 's'), await plant.emit('a', 's')]
    await plant.eventually(() => handled().length >= 2)
    // Named in another order than theirs.
    const { replayed } = await operators.replayEvents({ operator, ids: dead.toReversed() })
    assert.deepEqual(
      replayed.map(({ id }) => id),
      dead,
    )
    assert.equal(await stateOf(dead[1] ?? ''), 'waiting')
    plant.behaviour.clear()
    await plant.drained()
    assert.deepEqual([...new Set(handled().slice(-5))], [...dead, ...waiting])
    const effects = (await plant.effects('invoice')).map(({ event }) => event)
    for (const id of [...dead, ...waiting]) assert.equal(effects.filter((one) => one === id).length, 1)
    const [event] = await operators.event(dead[0] ?? '', { service: 'invoice' })
    assert.equal(event?.deliveries[0]?.state, 'done')
    assert.deepEqual(
      event?.operations.map(({ operator: by, action, service }) => [by, action, service]),
      [['ada', 'replayed', 'invoice']],
    )
    // What was known of the one that waited when it was overtaken is its own again.
    const [overtaken] = await operators.event(waiting[0] ?? '', { service: 'invoice' })
    assert.ok((overtaken?.deliveries[0]?.failures.length ?? 0) >= 1)
  })

  it('replays an event that was handled all the same without a second effect', async () => {
    const id = await plant.emit('a')
    plant.startRelay()
    await plant.drained()
    await plant.bus.query(
      `update deliveries set status = 'dead' where event_id = $1 and service = 'invoice'`,
      [id],
    )
    await operators.replayEvents({ operator, ids: [id] })
    await plant.eventually(async () => (await stateOf(id)) === 'done')
    assert.equal(handled().length, 2)
    assert.equal((await plant.effects('invoice')).filter(({ event }) => event === id).length, 1)
  })

  it('replays all of one tenant for one service, and of no other', async () => {
    const [own = ''] = await emitDead('a', 's', 1)
    const [other = ''] = await emitDead('b', 's', 1)
    plant.behaviour.clear()
    const { replayed } = await operators.replayEvents({ operator, tenant: 'a', service: 'invoice' })
    assert.deepEqual(replayed, [{ id: own, tenant: 'a', service: 'invoice' }])
    await plant.drained()
    assert.deepEqual([await stateOf(own), await stateOf(other)], ['done', 'dead'])
    const none = await operators.replayEvents({ operator, tenant: 'a', service: 'mail' })
    assert.deepEqual(none, { replayed: [], tooOld: 0 })
    await assert.rejects(operators.replayEvents({ operator, tenant: 'a' } as never), { code: 'BODY_INVALID' })
    await assert.rejects(operators.replayEvents({ operator: '', ids: [own] }), { code: 'BODY_INVALID' })
  })

  it('replays no event that does not verify, by whatever id it is asked for', async () => {
    const foreign = new PostgresBus(plant.busPool(), new Map([['order.placed', ['invoice']]]))
    const forged = signEvent({ ...plant.sampleEvent(), id: 'forged' }, plant.key)
    await foreign.publish([{ ...forged, data: '{"total":0}' }])
    await plant
      .admin()
      .query(
        `insert into "order".outbox (id, type, data, tenantry_tenant) values (gen_random_uuid(), 'no such type!', '{}', 'a')`,
      )
    plant.startRelay()
    await plant.drained()
    const { events } = await operators.events({ limit: 9, state: 'quarantined' })
    assert.deepEqual(events.map(({ service }) => service).sort(), ['invoice', null])
    for (const { id } of events)
      await assert.rejects(operators.replayEvents({ operator, ids: [id] }), { code: 'EVENT_QUARANTINED' })
    for (const { id } of events) await operators.event(id, { dataFor: operator })
    assert.deepEqual(plant.handled, [])
    const ids = events.map(({ id }) => id)
    assert.equal((await operators.discardEvents({ operator, ids })).length, 2)
    assert.deepEqual((await operators.events({ limit: 9 })).events, [])
  })

  it('refuses by name what is not dead, not there or too old, and then changes nothing', async () => {
    const [dead = ''] = await emitDead('a', 's', 1)
    const done = await plant.emit('a')
    await plant.drained()
    const old = { ...plant.sampleEvent(), time: new Date(Date.now() - 8 * 86_400_000).toISOString() }
    const time = old.time.replace(/\.\d+/, '')
    await new PostgresBus(plant.busPool(), new Map([['order.placed', ['invoice']]])).publish([
      signEvent({ ...old, time }, plant.key),
    ])
    await plant.drained()
    assert.equal(await stateOf(old.id), 'dead')
    for (const [id, code] of [
      [done, 'EVENT_NOT_DEAD'],
      ['no-such-event', 'EVENT_NOT_FOUND'],
      [old.id, 'EVENT_TOO_OLD'],
    ] as const) {
      await assert.rejects(operators.replayEvents({ operator, ids: [dead, id] }), { code })
      assert.equal(await stateOf(dead), 'dead')
    }
    const { replayed, tooOld } = await operators.replayEvents({ operator, tenant: 'a', service: 'invoice' })
    assert.deepEqual([replayed.length, tooOld], [1, 1])
    await assert.rejects(operators.event('no-such-event'), { code: 'EVENT_NOT_FOUND' })
  })

  it('asks for the tenant where two have an event of one id', async () => {
    const bus = new PostgresBus(plant.busPool(), new Map([['order.placed', ['invoice']]]))
    const event = plant.sampleEvent()
    await bus.publish([signEvent(event, plant.key), signEvent({ ...event, tenantid: 'b' }, plant.key)])
    await plant.bus.query(`update deliveries set status = 'dead'`)
    const ids = [event.id]
    await assert.rejects(operators.replayEvents({ operator, ids }), { code: 'EVENT_AMBIGUOUS' })
    await assert.rejects(operators.discardEvents({ operator, ids }), { code: 'EVENT_AMBIGUOUS' })
    assert.equal((await operators.event(event.id)).length, 2)
    const { replayed } = await operators.replayEvents({ operator, ids, tenant: 'b' })
    assert.deepEqual(
      replayed.map(({ tenant }) => tenant),
      ['b'],
    )
  })

  it('discards an event that holds up its lane, and the next is delivered', async () => {
    const stuck = await plant.emit('a', 's')
    const next = await plant.emit('a', 's')
    plant.behaviour.set('invoice', ({ event }) => (event.id === stuck ? 500 : undefined))
    plant.startRelay()
    await plant.eventually(() => handled().length >= 2)
    const { events } = await operators.events({ limit: 9, state: 'waiting', service: 'invoice' })
    assert.deepEqual(
      events.map(({ id, attempts }) => [id, attempts > 0]),
      [
        [stuck, true],
        [next, false],
      ],
    )
    await operators.discardEvents({ operator, ids: [stuck], service: 'invoice' })
    await plant.drained()
    assert.deepEqual([await stateOf(stuck), await stateOf(next)], ['discarded', 'done'])
    await assert.rejects(operators.discardEvents({ operator, ids: [next] }), { code: 'EVENT_SETTLED' })
    assert.deepEqual(
      (await operators.event(stuck))[0]?.operations.map(({ action }) => action),
      ['discarded'],
    )
  })

  it('counts what waits by tenant and service, parked or not, in the outboxes and on the bus', async () => {
    plant.putTenant({ id: 'c', status: 'suspended' })
    plant.behaviour.set('invoice', () => 500)
    plant.startRelay()
    for (const tenant of ['a', 'a', 'c']) await plant.emit(tenant, 's')
    await plant.eventually(
      async () => (await operators.events({ limit: 9, state: 'parked' })).events.length === 2,
    )
    await plant.eventually(() => plant.handled.length >= 3)
    await plant.stopRelays()
    await plant.emit('b')
    const { lag, unread } = await operators.eventLag()
    assert.deepEqual(unread, [])
    assert.deepEqual(
      lag
        .map(({ tenant, service, place, waiting, parked }) => [tenant, service, place, waiting, parked])
        .sort(),
      [
        ['a', 'invoice', 'bus', 2, false],
        ['b', 'order', 'outbox', 1, false],
        ['c', 'invoice', 'bus', 1, true],
        ['c', 'mail', 'bus', 1, true],
      ],
    )
    assert.equal(lag.find(({ tenant }) => tenant === 'a')?.reason, '`invoice` answered 500')
    assert.ok(lag.every(({ oldestAt }) => Date.now() - Date.parse(oldestAt) < 60_000))
    plant.putTenant({ id: 'c', status: 'active' })
    plant.startRelay()
    plant.behaviour.clear()
    await plant.drained()
    assert.deepEqual((await operators.eventLag()).lag, [])
    // The server counts rows by itself, in a moment of its own; and what these tests empty, late.
    await plant.eventually(async () => {
      const { kept } = await operators.eventLag()
      return kept.outboxes > 0 && kept.inboxes > 0
    }, 15_000)
  })

  it('finds a bus that was made before, and makes it one of now', async () => {
    const [id = ''] = await emitDead('a', 's', 1)
    await plant.stopRelays()
    await plant.bus.query(
      `drop table operations; alter table lanes drop column failures; alter table quarantine drop column discarded_at;
       alter table deliveries drop column failures, drop constraint deliveries_states,
         add constraint deliveries_status_check check (status in ('waiting', 'done', 'dead', 'quarantined'))`,
    )
    await installBus(plant.bus)
    await operators.discardEvents({ operator, ids: [id] })
    assert.equal(await stateOf(id), 'discarded')
  })
})
