import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { natsMissing } from '../../../../tools/start-nats.ts'
import { type BusPlant, plantBus } from '../../test/bus-plant.ts'
import { replayEvents } from '../control-plane/events/replay-events.ts'
import type { Delivery, EventBus, TakeOptions } from './event-bus.ts'

const anything: TakeOptions = {
  ...{ busy: [], full: [], away: [], limit: 64, limitPerTenant: 8, after: '' },
  weights: new Map(),
}
const retry = { kind: 'retry', reason: 'failed', refused: true, inMs: 0 } as const

for (const kind of ['postgres', 'nats'] as const) {
  describe(`the event bus in ${kind}`, { skip: kind === 'nats' && natsMissing }, () => {
    let plant: BusPlant
    before(async () => {
      plant = await plantBus(kind)
    })
    afterEach(() => plant.empty())
    after(() => plant.remove())

    const idOf = ({ event }: Delivery): string => JSON.parse(event).id
    const take = async (bus: EventBus, options: Partial<TakeOptions> = {}) =>
      (await bus.take({ ...anything, ...options })).filter(({ service }) => service === 'invoice')
    const done = (bus: EventBus, delivery: Delivery) => bus.settle(delivery, { kind: 'done' })
    const takeOne = async (bus: EventBus): Promise<Delivery> => {
      const [delivery] = await take(bus)
      return delivery ?? assert.fail('nothing is due')
    }

    it('gives each subscriber each event, once it was stored, and stores none twice', async () => {
      const bus = plant.open()
      const [first, second] = [plant.event(), plant.event({ tenantid: 'b' })]
      await bus.publish([first, second])
      await bus.publish([first])
      const due = await bus.take(anything)
      assert.deepEqual(
        due
          .map(({ tenant, service, type, attempts, refusals }) => [tenant, service, type, attempts, refusals])
          .sort(),
        [
          ['a', 'invoice', 'order.placed', 0, 0],
          ['a', 'mail', 'order.placed', 0, 0],
          ['b', 'invoice', 'order.placed', 0, 0],
          ['b', 'mail', 'order.placed', 0, 0],
        ],
      )
      for (const delivery of due) await done(bus, delivery)
      assert.deepEqual(await bus.take(anything), [])
      await bus.publish([])
      await bus.publish([plant.event({ type: 'nobody.asked' })])
      assert.deepEqual(await bus.take(anything), [])
    })

    it('settles many at once, and each lane goes on with its next event', async () => {
      const bus = plant.open()
      const [first, second] = ['one', 'two'].map(() =>
        Array.from({ length: 24 }, (_, at) => plant.event({ subject: `s${at % 3}`, tenantid: `t${at % 8}` })),
      )
      await bus.publish([...(first ?? []), ...(second ?? [])])
      for (const wanted of [first, second]) {
        const due = await take(bus)
        assert.deepEqual(due.map(idOf).sort(), wanted?.map(({ id }) => id).sort())
        await Promise.all(due.map((delivery) => done(bus, delivery)))
      }
      assert.deepEqual(await take(bus), [])
      const mails = (await bus.take(anything)).filter(({ service }) => service === 'mail')
      assert.equal(mails.length, 24)
      await Promise.all(mails.map((delivery) => done(bus, delivery)))
    })

    it('keeps what failed before of an event that is handled in the end', async () => {
      const bus = plant.open()
      await bus.publish([plant.event({ subject: 's' }), plant.event({ subject: 's' })])
      const failing = await takeOne(bus)
      await bus.settle(failing, retry)
      const again = await takeOne(bus)
      await done(bus, again)
      const next = await takeOne(bus)
      assert.deepEqual([next.attempts, next.refusals], [0, 0])
      const { rows } = await plant.client.query(
        `select attempts, jsonb_array_length(failures) as failures from deliveries where status = 'done' and service = 'invoice'`,
      )
      assert.deepEqual(rows, [{ attempts: 2, failures: 1 }])
    })

    it('keeps apart events of one id that two tenants chose', async () => {
      const bus = plant.open()
      await bus.publish([plant.event({ id: 'same' }), plant.event({ id: 'same', tenantid: 'b' })])
      assert.deepEqual((await take(bus)).map(({ tenant }) => tenant).sort(), ['a', 'b'])
    })

    it('gives one event of a lane at a time, in the order of emission, and of other lanes meanwhile', async () => {
      const bus = plant.open()
      const lane = Array.from({ length: 5 }, () => plant.event({ subject: 's' }))
      await bus.publish([...lane, plant.event({ subject: 't' }), plant.event()])
      const due = await take(bus)
      assert.equal(due.length, 3)
      const order: string[] = []
      for (let at = 0; at < lane.length; at++) {
        const head = (await take(bus)).find(({ event }) => JSON.parse(event).subject === 's')
        assert.ok(head)
        assert.ok(!(await take(bus, { busy: [head.lane] })).some((one) => one.lane === head.lane))
        order.push(idOf(head))
        await done(bus, head)
      }
      assert.deepEqual(
        order,
        lane.map(({ id }) => id),
      )
    })

    it('gives every tenant its turn, those after the last one first, and none that has enough', async () => {
      const bus = plant.open()
      const many = Array.from({ length: 20 }, () => plant.event())
      await bus.publish([...many, plant.event({ tenantid: 'b' }), plant.event({ tenantid: 'c' })])
      const tenants = async (options: Partial<TakeOptions>) =>
        (await bus.take({ ...anything, away: mailAway, ...options })).map(({ tenant }) => tenant)
      const mailAway = [{ service: 'mail', tenant: null, except: [] }]
      assert.deepEqual(await tenants({ limit: 3 }), ['a', 'b', 'c'])
      assert.deepEqual(await tenants({ limit: 3, after: 'a' }), ['b', 'c', 'a'])
      assert.deepEqual(await tenants({ full: ['a'] }), ['b', 'c'])
      assert.equal((await tenants({ limitPerTenant: 5 })).filter((tenant) => tenant === 'a').length, 5)
    })

    it('gives a tenant that weighs three as much as three others in each turn', async () => {
      const bus = plant.open()
      const many = ['a', 'b', 'c'].flatMap((tenantid) =>
        Array.from({ length: 20 }, () => plant.event({ tenantid })),
      )
      await bus.publish(many)
      const weights = new Map([['b', 3]])
      const away = [{ service: 'mail', tenant: null, except: [] }]
      const taken = async (options: Partial<TakeOptions>) => {
        const tenants = (await bus.take({ ...anything, weights, away, ...options })).map(
          ({ tenant }) => tenant,
        )
        return ['a', 'b', 'c'].map((tenant) => tenants.filter((one) => one === tenant).length)
      }
      assert.deepEqual(await taken({ limit: 10 }), [2, 6, 2])
      assert.deepEqual(await taken({ limitPerTenant: 2 }), [2, 6, 2])
      assert.deepEqual(await taken({ limitPerTenant: 4, weights: new Map() }), [4, 4, 4])
    })

    it('leaves what is for deployments that are away', async () => {
      const bus = plant.open()
      await bus.publish([plant.event(), plant.event({ tenantid: 'b' })])
      const tenants = async (away: TakeOptions['away']) =>
        (await take(bus, { away })).map(({ tenant }) => tenant)
      assert.deepEqual(await tenants([{ service: 'invoice', tenant: null, except: ['b'] }]), ['b'])
      assert.deepEqual(await tenants([{ service: 'invoice', tenant: 'b', except: [] }]), ['a'])
      assert.deepEqual(await tenants([{ service: 'invoice', tenant: null, except: [] }]), [])
      assert.equal((await tenants([{ service: 'other', tenant: null, except: [] }])).length, 2)
    })

    it('gives an event again after its time, first in its lane, and counts, also for a relay that starts anew', async () => {
      const bus = plant.open()
      const [first, second] = [plant.event({ subject: 's' }), plant.event({ subject: 's' })]
      await bus.publish([first, second])
      await bus.settle(await takeOne(bus), { ...retry, inMs: 300 })
      assert.deepEqual(await take(bus), [])
      await sleep(320)
      const again = await takeOne(bus)
      assert.deepEqual([idOf(again), again.attempts, again.refusals], [first.id, 1, 1])
      await bus.settle(again, { ...retry, refused: false })
      const anew = plant.open()
      const third = await takeOne(anew)
      assert.deepEqual([idOf(third), third.attempts, third.refusals], [first.id, 2, 1])
      await done(anew, third)
      const next = await takeOne(anew)
      assert.deepEqual([idOf(next), next.attempts, next.refusals], [second.id, 0, 0])
    })

    it('gives what was taken and not settled to a relay that starts anew', async () => {
      const events = Array.from({ length: 4 }, () => plant.event({ subject: 's' }))
      const bus = plant.open()
      await bus.publish(events)
      await done(bus, await takeOne(bus))
      await takeOne(bus)
      const anew = plant.open()
      assert.equal(idOf(await takeOne(anew)), events[1]?.id)
    })

    for (const outcome of ['dead', 'quarantined'] as const) {
      it(`gives no ${outcome} event again, keeps it with why, and goes on with its lane`, async () => {
        const bus = plant.open()
        const [first, second] = [plant.event({ subject: 's' }), plant.event({ subject: 's' })]
        await bus.publish([first, second])
        await bus.settle(await takeOne(bus), { kind: outcome, reason: 'no use' })
        assert.equal(idOf(await takeOne(bus)), second.id)
        assert.equal(idOf(await takeOne(plant.open())), second.id)
        const { rows } = await plant.client.query(
          `select event, status, attempts, last_error from deliveries join events on id = event_id
           where status not in ('waiting', 'done')`,
        )
        const kept = rows.map(({ event, ...row }) => ({ ...row, id: JSON.parse(event).id }))
        assert.deepEqual(kept, [{ id: first.id, status: outcome, attempts: 1, last_error: 'no use' }])
      })
    }

    it('gives a replayed event before what waits in its lane', async () => {
      const bus = plant.open()
      const lane = Array.from({ length: 3 }, () => plant.event({ subject: 's' }))
      await bus.publish(lane)
      await bus.settle(await takeOne(bus), { kind: 'dead', reason: 'no use' })
      await replayEvents(plant.client, { operator: 'ada', ids: [lane[0]?.id ?? ''] })
      const order: string[] = []
      for (let at = 0; at < lane.length; at++) {
        const head = await takeOne(bus)
        order.push(idOf(head))
        await done(bus, head)
      }
      assert.deepEqual(
        order,
        lane.map(({ id }) => id),
      )
    })

    it('counts a failure for the event that failed, not for one that was replayed before it meanwhile', async () => {
      const bus = plant.open()
      const [first, second] = [plant.event({ subject: 's' }), plant.event({ subject: 's' })]
      await bus.publish([first, second])
      await bus.settle(await takeOne(bus), { kind: 'dead', reason: 'no use' })
      const running = await takeOne(bus)
      await replayEvents(plant.client, { operator: 'ada', ids: [first.id] })
      assert.ok(!(await take(bus, { busy: [running.lane] })).some(({ lane }) => lane === running.lane))
      await bus.settle(running, { ...retry, inMs: 60_000 })
      const replayed = await takeOne(bus)
      assert.deepEqual([idOf(replayed), replayed.attempts, replayed.refusals], [first.id, 0, 0])
      await done(bus, replayed)
      assert.equal(idOf(await takeOne(bus)), second.id)
    })

    it('sets a tenant’s events aside until it is served again, those that come meanwhile too', async () => {
      const bus = plant.open()
      const lane = Array.from({ length: 3 }, () => plant.event({ subject: 's' }))
      await bus.publish(lane.slice(0, 2))
      await bus.settle(await takeOne(bus), retry)
      await bus.park('a')
      await bus.publish([...lane.slice(2), plant.event({ tenantid: 'b' })])
      assert.deepEqual(await bus.parkedTenants(), ['a'])
      assert.deepEqual(
        (await take(bus)).map(({ tenant }) => tenant),
        ['b'],
      )
      await bus.resume('a')
      assert.deepEqual(await bus.parkedTenants(), [])
      const head = (await take(bus)).find(({ tenant }) => tenant === 'a')
      assert.equal(head && idOf(head), lane[0]?.id)
    })

    it('keeps what no event can be made of', async () => {
      const row = { database: 'pool', service: 'order', position: '7', tenant: 'a', reason: 'why', row: '{}' }
      const bus = plant.open()
      await bus.quarantine([row])
      await bus.quarantine([row])
      const { rows } = await plant.client.query('select position, reason from quarantine')
      assert.deepEqual(rows, [{ position: '7', reason: 'why' }])
    })
  })
}
