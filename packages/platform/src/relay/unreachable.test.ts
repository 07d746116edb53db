import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { emit } from '@tenantry/propagation'
import { EventPlant } from '../../test/event-plant.ts'
import { findFreePort } from '../supervisor/free-port.ts'

let plant: EventPlant
before(async () => {
  plant = await EventPlant.build()
  await plant.addDatabase('5120', 'own')
  plant.putTenant({ id: 'own', silo: '5120' })
})
after(() => plant.remove())

test('what is for a deployment that is away waits for its probe, and all other deployments get theirs', async () => {
  const count = 150
  const port = await findFreePort()
  const before = plant.moveDeployment('invoice.pool', [`http://127.0.0.1:${port}`])
  plant.startRelay()
  await plant.transaction('a', async (tx) => {
    for (let at = 0; at < count; at++) await emit(tx, 'order.placed', { at })
  })
  const startedAtMs = performance.now()
  const own = await plant.emit('own', undefined, { silo: '5120' })
  const handledBy = (deployment: string) => plant.handled.filter((one) => one.deployment === deployment)
  await plant.eventually(() => handledBy('invoice.5120').some(({ event }) => event.id === own))
  assert.ok(performance.now() - startedAtMs < 1_000)
  await plant.eventually(() => handledBy('mail.pool').length === count, 10_000)
  await sleep(1_000)
  const { rows } = await plant.bus.query(
    `select count(*)::int as waiting, sum(attempts)::int as attempts from lanes where service = 'invoice'`,
  )
  assert.equal(rows[0].waiting, count)
  // 16 at once found it away; since then, only probes.
  assert.ok(rows[0].attempts <= 40, `${rows[0].attempts} attempts`)

  assert.deepEqual(await circuits(), ['open 1', 'opened_total 1'])

  // At the same address: a probe finds it.
  let answered = 0
  const server = createServer((request, response) => {
    answered++
    request.resume().on('end', () => response.writeHead(204).end())
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  await plant.eventually(() => answered >= count / 2, 10_000)
  assert.deepEqual(await circuits(), ['open 0', 'opened_total 1'])
  // At another address: nothing has to find it.
  server.close()
  server.closeAllConnections()
  plant.moveDeployment('invoice.pool', before)
  await plant.drained(10_000)
  assert.ok(handledBy('invoice.pool').length >= count - answered)
})

/** What the relay's page tells of circuits, all of it of invoice in the pool. */
async function circuits(): Promise<string[]> {
  const page = await plant.meters.prometheusPage()
  return [...page.matchAll(/^tenantry_events_circuit_(\w+)\{(.*)\} (\d+)$/gm)].map(
    ([, name, labels, value]) => {
      assert.match(labels ?? '', /tenantry_event_deployment="invoice\.pool"/)
      assert.doesNotMatch(labels ?? '', /tenant_id/)
      return `${name} ${value}`
    },
  )
}

test('of several copies, one that is away costs no attempt', async () => {
  const [address = ''] = plant.moveDeployment('invoice.pool', [])
  const gone = `http://127.0.0.1:${await findFreePort()}`
  plant.moveDeployment('invoice.pool', [gone, address])
  plant.startRelay()
  const ids = await Promise.all(Array.from({ length: 20 }, () => plant.emit('b')))
  await plant.drained()
  const { rows } = await plant.bus.query(
    `select distinct attempts from deliveries where service = 'invoice' and event_id = any ($1)`,
    [ids],
  )
  assert.deepEqual(rows, [{ attempts: 1 }])
  plant.moveDeployment('invoice.pool', [address])
})
