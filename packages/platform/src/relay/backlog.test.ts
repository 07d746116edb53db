import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { signEvent } from '@tenantry/propagation'
import { EventPlant } from '../../test/event-plant.ts'
import { PostgresBus } from './postgres-bus.ts'

// A hundred thousand take a minute to be written: `TENANTRY_TEST_BACKLOG=100000` does so.
const count = Number(process.env.TENANTRY_TEST_BACKLOG ?? 10_000)
const atOnce = 2_000

let plant: EventPlant
before(async () => {
  plant = await EventPlant.build()
  const bus = new PostgresBus(plant.busPool(), new Map([['order.placed', ['invoice']]]))
  const event = plant.sampleEvent()
  for (let at = 0; at < count; at += atOnce) {
    const some = Array.from({ length: atOnce }, () => signEvent({ ...event, id: randomUUID() }, plant.key))
    await bus.publish(some)
  }
})
after(() => plant.remove())

const waiting = async () =>
  (await plant.bus.query(`select count(*)::int as n from lanes where tenant = 'a'`)).rows[0].n as number

/** How long an event of another tenant takes from its emission to its handler, the slowest of ten. */
async function slowestMs(): Promise<number> {
  const tookMs: number[] = []
  for (let round = 0; round < 10; round++) {
    const startedAtMs = performance.now()
    const id = await plant.emit('b')
    await plant.eventually(() =>
      plant.handled.some(({ deployment, event }) => deployment === 'invoice.pool' && event.id === id),
    )
    tookMs.push(performance.now() - startedAtMs)
  }
  return Math.max(...tookMs)
}

test(`${count} waiting events of one tenant do not hold up another's`, async (t) => {
  plant.behaviour.set('invoice', () => sleep(5, undefined))
  plant.startRelay()
  await plant.eventually(() => plant.handled.length > 20, 20_000)
  const tookMs = await slowestMs()
  t.diagnostic(`the slowest of ten, from emission to handler: ${tookMs.toFixed(0)} ms`)
  assert.ok(tookMs < 1_000)
  assert.ok((await waiting()) > count / 2)
})

test(`nor do ${count} that wait for a deployment that is away, or to be tried again`, async (t) => {
  await plant.stopRelays()
  await plant.bus.query(`update lanes set next_attempt_at = now() + interval '1 hour' where tenant = 'a'`)
  plant.startRelay()
  const backingOffMs = await slowestMs()
  await plant.stopRelays()
  await plant.bus.query(`update lanes set service = 'gone', next_attempt_at = now() where tenant = 'a'`)
  await plant.bus.query(`update deliveries set service = 'gone' where tenant = 'a' and status = 'waiting'`)
  plant.publisher.publish({
    type: 'deployment',
    deployment: {
      id: 'gone.pool',
      service: 'gone',
      tenant: null,
      database: plant.databaseOf(),
      role: 'nobody',
      addresses: [],
    },
  })
  plant.startRelay()
  const awayMs = await slowestMs()
  t.diagnostic(`the slowest of ten: ${backingOffMs.toFixed(0)} and ${awayMs.toFixed(0)} ms`)
  assert.ok(backingOffMs < 1_000 && awayMs < 1_000)
  const { rows } = await plant.bus.query(`select sum(attempts)::int as n from lanes where service = 'gone'`)
  assert.ok(rows[0].n < 60, `${rows[0].n} attempts`)
})
