import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { EventPlant } from '../../../test/event-plant.ts'
import { findFreePort } from '../../supervisor/free-port.ts'
import { collectMetrics } from '../metrics/collect-metrics.ts'
import { addAwayDeployments } from './add-away-deployments.ts'

const nothing = { lag: [], away: [], kept: { bus: 0, outboxes: 0, inboxes: 0 }, unread: [] }

let plant: EventPlant
before(async () => {
  plant = await EventPlant.build()
  await plant.addDatabase('5120', 'own')
  plant.putTenant({ id: 'own', silo: '5120' })
})
after(() => plant.remove())

test('operators see which deployment the relay cannot reach, until it can, and which relay does not answer', async (t) => {
  const relay = await plant.spawnRelay()
  t.after(() => relay.kill('SIGKILL'))
  const ask = () => addAwayDeployments(nothing, [plant.operatorSocket])
  const gauge = async () =>
    /^tenantry_events_circuit_open\{.*tenantry_event_deployment="invoice\.5120".*\} (\d)$/m.exec(
      await collectMetrics(async () => '', [{ workload: 'relay', socket: plant.operatorSocket }]),
    )?.[1]
  assert.deepEqual(await ask(), nothing)
  assert.equal(await gauge(), undefined)

  const refused = `http://127.0.0.1:${await findFreePort()}`
  const before = plant.moveDeployment('invoice.5120', [refused])
  const startedAtMs = Date.now()
  await plant.emit('own', undefined, { silo: '5120' })
  await plant.eventually(async () => (await ask()).away.length === 1)
  const [away] = (await ask()).away
  assert.deepEqual([away?.deployment, away?.opened], ['invoice.5120', 1])
  const sinceMs = Date.parse(away?.since ?? '')
  assert.ok(sinceMs >= startedAtMs && sinceMs <= Date.now())
  assert.equal(await gauge(), '1')

  plant.moveDeployment('invoice.5120', before)
  await plant.drained()
  await plant.eventually(async () => (await ask()).away.length === 0)
  assert.equal(await gauge(), '0')

  relay.kill('SIGKILL')
  await once(relay, 'exit')
  assert.deepEqual((await ask()).unread, ['the relay'])
})
