import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { readTraceContext } from '@tenantry/context'
import { installIsolation, migrateService } from '@tenantry/isolation'
import { emit, systemTables } from '@tenantry/propagation'
import { createTestDatabase, startTestPostgres } from '../../../../tools/test-postgres.ts'
import { EventPlant } from '../../test/event-plant.ts'
import { OutboxReader } from './outbox-reader.ts'

let plant: EventPlant
before(async () => {
  plant = await EventPlant.build()
})
after(() => plant.remove())

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

/** Takes what is delivered to mail, in its place, and tells the headers. */
async function listen(): Promise<{ seen: IncomingHttpHeaders[]; close: () => void }> {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    request.resume().on('end', () => response.writeHead(204).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const before = plant.moveDeployment('mail.pool', [`http://127.0.0.1:${port}`])
  const close = () => {
    plant.moveDeployment('mail.pool', before)
    server.close()
    server.closeAllConnections()
  }
  return { seen, close }
}

test('a delivery is in the trace that the event was emitted in, with what tracing systems say of it', async () => {
  const mail = await listen()
  try {
    plant.startRelay()
    const caller = readTraceContext([`00-${traceId}-00f067aa0ba902b7-01`], ['a=1,b@vendor=x y'])
    const id = await plant.transaction('a', (tx) => emit(tx, 'order.paid', {}), { caller })
    await plant.eventually(() => mail.seen.length > 0)
    const [headers] = mail.seen
    assert.equal(headers?.['ce-id'], id)
    assert.equal(headers?.traceparent?.slice(3, 35), traceId)
    assert.equal(headers?.tracestate, 'a=1,b@vendor=x y')
    assert.equal(headers?.['ce-signedextattrs'], 'tenantid,traceparent,tracestate')
    await plant.drained()
  } finally {
    mail.close()
    await plant.stopRelays()
  }
})

test('what was added to an event on the bus, past its signature, is passed on to nobody', async () => {
  const mail = await listen()
  try {
    const pause = plant.directory.tenants.get('b')
    plant.putTenant({ id: 'b', status: 'suspended' })
    plant.startRelay()
    // Outside a scope there is no trace, so that nothing of one is signed.
    await plant
      .admin()
      .query(
        `insert into "order".outbox (id, type, data, tenantry_tenant) values (gen_random_uuid(), 'order.paid', '{}', 'b')`,
      )
    await plant.eventually(async () => (await plant.bus.query('select from lanes where parked')).rowCount)
    await plant.bus.query(
      `update events set event = (event::jsonb || jsonb_build_object('traceparent', $1::text, 'tracestate', 'tenant=a'))::text where tenant = 'b'`,
      [`00-${traceId}-00f067aa0ba902b7-01`],
    )
    plant.putTenant({ ...pause, id: 'b', status: 'active' })
    await plant.eventually(() => mail.seen.length > 0)
    const [headers] = mail.seen
    for (const name of ['traceparent', 'tracestate', 'ce-traceparent', 'ce-tracestate'])
      assert.equal(headers?.[name], undefined, name)
    await plant.drained()
  } finally {
    mail.close()
    await plant.stopRelays()
  }
})

test('an outbox that was made before events had a tracestate gets it, and keeps what waits there', async (t) => {
  const server = await startTestPostgres()
  const database = await createTestDatabase(server)
  const admin = await database.connect()
  t.after(async () => {
    await admin.end()
    await database.drop()
    await server.stop()
  })
  await installIsolation(admin, { keys: [{ kid: 1, key: Buffer.alloc(32, 1) }] })
  const before = systemTables.map(({ changes: _, ...table }) => table)
  await migrateService(admin, { service: 'order', migrations: [], systemTables: before })
  const row = `(id, type, data, traceparent, tenantry_tenant) values (gen_random_uuid(), 'a', '{}', 'before', 'a')`
  await admin.query(`insert into "order".outbox ${row}`)
  const outboxes = new OutboxReader(admin, ['order'])
  await assert.rejects(outboxes.read(), /tracestate/)
  await migrateService(admin, { service: 'order', migrations: [], systemTables })
  const [read, ...more] = await outboxes.read()
  assert.deepEqual([read?.traceparent, read?.tracestate, more], ['before', null, []])
  const longest = `update "order".outbox set tracestate = repeat('x', $1)`
  await admin.query(longest, [512])
  await assert.rejects(admin.query(longest, [513]), { constraint: 'outbox_tracestate' })
})
