import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Client } from 'pg'
import { EventPlant } from '../../test/event-plant.ts'

describe('the relay’s role', () => {
  let plant: EventPlant
  let relay: Client
  before(async () => {
    plant = await EventPlant.build()
    relay = new Client(plant.relayClient(plant.databaseOf()))
    await relay.connect()
    await plant.emit('a')
    await plant.emit('b')
  })
  after(async () => {
    await relay.end()
    await plant.remove()
  })

  const denied = { code: '42501' }

  it('reads every tenant’s outbox and marks what was relayed', async () => {
    const { rows } = await relay.query(
      'select tenantry_tenant as tenant from "order".outbox order by position',
    )
    assert.deepEqual(rows, [{ tenant: 'a' }, { tenant: 'b' }])
    assert.equal((await relay.query('update "order".outbox set relayed_at = now()')).rowCount, 2)
  })

  it('changes, adds and removes nothing else there', async () => {
    await assert.rejects(relay.query(`update "order".outbox set data = '{}'`), denied)
    await assert.rejects(relay.query(`update "order".outbox set tenantry_tenant = 'b'`), denied)
    await assert.rejects(
      relay.query(`insert into "order".outbox (id, type, data) values (gen_random_uuid(), 'x', '{}')`),
      denied,
    )
    await assert.rejects(relay.query('delete from "order".outbox'), denied)
    await assert.rejects(relay.query('truncate "order".outbox'), denied)
  })

  it('reads no other table, and is bound by row-level security', async () => {
    for (const table of ['"order".effects', '"order".inbox', 'pg_largeobject', 'tenantry.revocations']) {
      await assert.rejects(relay.query(`select from ${table}`), denied)
    }
    const { rows } = await relay.query(
      'select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = session_user',
    )
    assert.deepEqual(rows, [
      { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false },
    ])
  })

  it('rewrites no event on the bus', async () => {
    const bus = new Client(plant.relayClient())
    await bus.connect()
    try {
      await assert.rejects(bus.query(`update events set event = '{}'`), denied)
      await assert.rejects(bus.query('delete from events'), denied)
      await assert.rejects(bus.query('delete from deliveries'), denied)
      await assert.rejects(bus.query('create table mine (x int)'), denied)
      // What operators did, no relay can change or hide.
      await assert.rejects(bus.query('select from operations'), denied)
      await assert.rejects(
        bus.query(
          `insert into operations (operator, action, tenant, event_id) values ('x', 'replayed', 'a', 'x')`,
        ),
        denied,
      )
    } finally {
      await bus.end()
    }
  })
})

describe('a service’s role', () => {
  let plant: EventPlant
  before(async () => {
    plant = await EventPlant.build()
    await plant.emit('a')
  })
  after(() => plant.remove())

  it('adds to outbox and inbox, and neither reads, changes nor empties them', async () => {
    const statements = [
      'select from outbox',
      `update outbox set data = '{}'`,
      'delete from outbox',
      'select from inbox',
      'update inbox set handled_at = now()',
      'delete from inbox',
    ]
    for (const statement of statements) {
      await assert.rejects(
        plant.transaction('a', (tx) => tx.query(statement)),
        { code: '42501' },
      )
    }
  })

  it('emits for no other tenant', async () => {
    const planted = plant.transaction('a', (tx) =>
      tx.query(
        `insert into outbox (id, type, data, tenantry_tenant) values (gen_random_uuid(), 'order.placed', '{}', 'b')`,
      ),
    )
    await assert.rejects(planted, { code: '42501' })
  })
})
