import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSigningKey } from '@tenantry/context'
import { emit, signEvent, writeEventToJson } from '@tenantry/propagation'
import { EventPlant } from '../../test/event-plant.ts'
import { PostgresBus } from './postgres-bus.ts'

describe('the relay', () => {
  let plant: EventPlant
  before(async () => {
    plant = await EventPlant.build()
  })
  afterEach(async () => {
    await plant.stopRelays()
    plant.behaviour.clear()
    plant.handled.length = 0
  })
  after(() => plant.remove())

  const handledBy = (service: string) =>
    plant.handled.filter(({ deployment }) => deployment.startsWith(`${service}.`))

  it('delivers an event to each subscribed service, for its tenant, soon after it commits', async (t) => {
    plant.startRelay()
    const latencies: number[] = []
    for (let round = 0; round < 20; round++) {
      const id = await plant.emit('a', `latency ${round}`, { data: { round } })
      const startedAt = performance.now()
      await plant.eventually(() => handledBy('invoice').some(({ event }) => event.id === id))
      latencies.push(performance.now() - startedAt)
    }
    await plant.drained()
    const p50 = latencies.sort((x, y) => x - y)[10] ?? 0
    t.diagnostic(`outbox to handler, p50: ${p50.toFixed(1)} ms`)
    assert.ok(p50 < 500)
    assert.equal(handledBy('mail').length, 20)
    const [first] = handledBy('invoice')
    assert.equal(first?.tenant, 'a')
    assert.deepEqual(first?.event.data, { round: 0 })
    assert.equal(first?.event.source, 'urn:tenantry:service:order')
  })

  it('delivers nothing of a transaction that is rolled back', async () => {
    plant.startRelay()
    const failing = plant.transaction('a', async (tx) => {
      await emit(tx, 'order.placed', {})
      throw new Error('no')
    })
    await assert.rejects(failing, { message: 'no' })
    const id = await plant.emit('a')
    await plant.drained()
    assert.deepEqual(
      handledBy('invoice').map(({ event }) => event.id),
      [id],
    )
  })

  it('does not skip a transaction that began earlier and commits late, nor hold up others for it', async () => {
    plant.startRelay()
    const late = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<string>()
    const slow = plant.transaction('a', async (tx) => {
      begun.resolve(await emit(tx, 'order.placed', {}))
      await late.promise
    })
    const lateId = await begun.promise
    const earlyIds = [await plant.emit('b'), await plant.emit('a')]
    await plant.drained()
    assert.deepEqual(
      handledBy('invoice')
        .map(({ event }) => event.id)
        .sort(),
      earlyIds.sort(),
    )
    late.resolve()
    await slow
    await plant.eventually(() => handledBy('invoice').some(({ event }) => event.id === lateId))
  })

  it('has the effect of once, when the answer is lost after the effect', async () => {
    let lost = 0
    plant.behaviour.set('invoice', () => (lost++ < 3 ? 1500 : undefined))
    plant.startRelay()
    const id = await plant.emit('a')
    await plant.drained()
    assert.equal(handledBy('invoice').length, 4)
    assert.equal((await plant.effects('invoice')).filter(({ event }) => event === id).length, 1)
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
    const order = handledBy('invoice').map(({ event }) => event.id)
    assert.deepEqual([...new Set(order.filter((id) => ids.includes(id)))], ids)
    for (const other of others) assert.ok(order.indexOf(other) < order.lastIndexOf(ids[0] ?? ''))
  })

  it('keeps the order of a backlog', async () => {
    const ids: string[] = []
    await plant.transaction('a', async (tx) => {
      for (let at = 0; at < 120; at++) ids.push(await emit(tx, 'order.paid', { at }, { subject: 'backlog' }))
    })
    plant.startRelay()
    await plant.drained()
    assert.deepEqual(
      handledBy('mail').map(({ event }) => event.id),
      ids,
    )
  })

  it('stores an event that nobody subscribes to, and delivers it to no one', async () => {
    plant.startRelay()
    const id = await plant.emit('a', undefined, { type: 'order.noted' })
    await plant.drained()
    const { rows } = await plant.bus.query('select type from events where id = $1', [id])
    assert.deepEqual(rows, [{ type: 'order.noted' }])
    assert.equal((await plant.bus.query('select from deliveries where event_id = $1', [id])).rowCount, 0)
    assert.deepEqual(plant.handled, [])
  })

  it('parks the events of a suspended tenant, and delivers them in order once it is active', async () => {
    plant.startRelay()
    plant.putTenant({ id: 'c', status: 'suspended' })
    const ids = [await plant.emit('c', 's'), await plant.emit('c', 's'), await plant.emit('c', 's')]
    await plant.emit('a')
    await plant.eventually(async () => {
      const { rowCount } = await plant.bus.query(`select from lanes where tenant = 'c' and parked`)
      return rowCount === 2 && handledBy('invoice').length === 1
    })
    assert.ok(handledBy('invoice').every(({ tenant }) => tenant === 'a'))
    plant.putTenant({ id: 'c', status: 'active' })
    await plant.drained()
    assert.deepEqual(
      handledBy('invoice')
        .filter(({ tenant }) => tenant === 'c')
        .map(({ event }) => event.id),
      ids,
    )
  })

  it('parks the events of a tenant that is not known any more', async () => {
    plant.startRelay()
    await plant.emit('gone')
    await plant.eventually(
      async () =>
        (await plant.bus.query(`select from lanes where tenant = 'gone' and parked`)).rowCount === 2,
    )
    await plant.bus.query(`delete from lanes where tenant = 'gone'`)
    assert.deepEqual(plant.handled, [])
  })

  it('gives up an event that its service refused ten times, and goes on with the next of its subject', async () => {
    const bad = await plant.emit('a', 'refused')
    const good = await plant.emit('a', 'refused')
    plant.behaviour.set('invoice', ({ event }) => (event.id === bad ? 422 : undefined))
    plant.startRelay()
    await plant.eventually(async () => {
      const { rowCount } = await plant.bus.query(
        `update lanes set refusals = 9 where service = 'invoice' and refusals between 1 and 8`,
      )
      return rowCount === 1
    })
    await plant.eventually(() => handledBy('invoice').some(({ event }) => event.id === good))
    await plant.drained()
    const { rows } = await plant.bus.query(
      `select service, last_error from deliveries where status = 'dead' and event_id = $1`,
      [bad],
    )
    assert.deepEqual(rows, [{ service: 'invoice', last_error: '`invoice` answered 422' }])
    assert.ok(!(await plant.effects('invoice')).some(({ event }) => event === bad))
  })

  it('quarantines what was changed on the bus, and hands none of it to a service', async () => {
    const { key } = plant
    const foreign = new PostgresBus(plant.busPool(), new Map([['order.placed', ['invoice']]]))
    const event = { ...plant.sampleEvent(), tenantid: 'b' }
    const forged = signEvent({ ...event, id: 'forged' }, readSigningKey(plant.strangerKey))
    await foreign.publish([
      forged,
      signEvent({ ...event, id: 'moved' }, key),
      signEvent({ ...event, id: 'edited' }, key),
    ])
    // Who could write to the bus past the relay could move an event to another tenant, or change it.
    await plant.bus.query(
      `set session_replication_role = replica; update events set tenant = 'a' where id = 'moved';
       update deliveries set tenant = 'a' where event_id = 'moved'; update lanes set tenant = 'a' where subject = 'id:moved';
       set session_replication_role = origin`,
    )
    const edited = writeEventToJson({ ...signEvent({ ...event, id: 'edited' }, key), data: '{"total":0}' })
    await plant.bus.query(`update events set event = $1 where id = 'edited'`, [edited])
    plant.startRelay()
    await plant.drained()
    const { rows } = await plant.bus.query(
      `select event_id, last_error from deliveries where status = 'quarantined' order by event_id`,
    )
    assert.deepEqual(rows, [
      { event_id: 'edited', last_error: 'event refused: it was changed after it was signed' },
      { event_id: 'forged', last_error: 'event refused: signed with an unknown key' },
      { event_id: 'moved', last_error: 'the bus names another tenant' },
    ])
    assert.deepEqual(plant.handled, [])
    const page = await plant.meters.prometheusPage()
    assert.match(page, /tenantry_events_refused_total\{.*tenant_id="a"/)
    assert.match(page, /tenantry_events_refused_total\{.*tenant_id="b"/)
  })

  it('quarantines outbox rows that no event can be made of, and goes on with the others', async () => {
    await plant.admin().query(
      `insert into "order".outbox (id, type, data, tenantry_tenant) values
         (gen_random_uuid(), 'no such type!', '{}', 'a'), (gen_random_uuid(), 'order.placed', '{}', 'Not A Tenant')`,
    )
    plant.startRelay()
    const id = await plant.emit('a')
    await plant.drained()
    assert.ok(handledBy('invoice').some(({ event }) => event.id === id))
    const { rows } = await plant.bus.query('select reason from quarantine order by position')
    assert.deepEqual(rows, [{ reason: 'event refused: `type` is not valid' }, { reason: 'not a tenant id' }])
    assert.doesNotMatch(await plant.meters.prometheusPage(), /Not A Tenant|no such type/)
  })

  it('picks up a new tenant’s silo at once, and lets it speak for no other tenant', async () => {
    plant.startRelay()
    await plant.addDatabase('5110', 'silo-tenant')
    plant.putTenant({ id: 'silo-tenant', tier: 'basic', silo: '5110' })
    const id = await plant.emit('silo-tenant', undefined, { silo: '5110' })
    await plant.eventually(() => handledBy('invoice').some(({ event }) => event.id === id))
    assert.deepEqual(
      handledBy('invoice').map(({ deployment }) => deployment),
      ['invoice.5110'],
    )
    await plant.emit('a', undefined, { silo: '5110' })
    await plant.eventually(async () => {
      const { rows } = await plant.bus.query(`select tenant from quarantine where database = $1`, [
        plant.databaseOf('5110'),
      ])
      return rows[0]?.tenant === 'a'
    })
    await plant.drained()
    assert.equal(handledBy('invoice').length, 1)
  })

  it('connects again by itself, and finds what was emitted meanwhile', async () => {
    plant.startRelay()
    await plant.emit('a')
    await plant.drained()
    await plant.bus.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tenantry_relay' and datname = any ($1)`,
      [[plant.databaseOf(), plant.bus.database]],
    )
    const ids = [await plant.emit('a'), await plant.emit('b')]
    await plant.eventually(() => ids.every((id) => handledBy('invoice').some(({ event }) => event.id === id)))
    await plant.drained()
  })

  it('delivers with one relay at a time; a second takes over when the first is gone', async () => {
    const first = plant.startRelay()
    await plant.emit('a')
    await plant.drained()
    plant.startRelay()
    const ids: string[] = []
    for (let at = 0; at < 20; at++) ids.push(await plant.emit('a', 'both'))
    await first.close()
    for (let at = 0; at < 5; at++) ids.push(await plant.emit('a', 'both'))
    await plant.drained()
    const order = handledBy('invoice').map(({ event }) => event.id)
    assert.deepEqual(
      [...new Set(order)].filter((id) => ids.includes(id)),
      ids,
    )
  })

  it('delivers more for a tenant that weighs more, while events of all wait, and something for each', async () => {
    plant.putTenant({ id: 'c', limits: { weight: 3 } })
    plant.behaviour.set('mail', () => sleep(5, undefined))
    for (const tenant of ['a', 'b', 'c']) {
      await plant.transaction(tenant, async (tx) => {
        for (let at = 0; at < 250; at++) await emit(tx, 'order.paid', { at })
      })
    }
    plant.startRelay()
    const handledEarly = () => plant.handled.filter(({ event }) => event.type === 'order.paid').slice(0, 250)
    await plant.eventually(() => handledEarly().length === 250)
    const [a = 0, b = 0, c = 0] = ['a', 'b', 'c'].map(
      (tenant) => handledEarly().filter((handled) => handled.tenant === tenant).length,
    )
    assert.ok(c > 1.8 * Math.max(a, b), `${a}, ${b} and ${c}`)
    assert.ok(Math.min(a, b) > 25, `${a}, ${b} and ${c}`)
    await plant.drained(30_000)
    plant.putTenant({ id: 'c' })
  })

  it('gives every tenant its turn while one of them has a thousand events waiting', async () => {
    plant.behaviour.set('invoice', () => sleep(5, undefined))
    await plant.transaction('a', async (tx) => {
      for (let at = 0; at < 1000; at++) await emit(tx, 'order.placed', { at })
    })
    plant.startRelay()
    await plant.eventually(() => handledBy('invoice').length > 50)
    const startedAt = performance.now()
    const id = await plant.emit('b')
    await plant.eventually(() => handledBy('invoice').some(({ event }) => event.id === id))
    assert.ok(performance.now() - startedAt < 1_000)
    assert.ok(handledBy('invoice').length < 900)
    await plant.drained(30_000)
    const { rows } = await plant.bus.query(
      `select count(*)::int as n from deliveries where tenant = 'a' and status <> 'done'`,
    )
    assert.ok(rows[0].n < 10)
  })
})
