import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventPlant } from '../../test/event-plant.ts'

let plant: EventPlant
before(async () => {
  plant = await EventPlant.build()
})
after(() => plant.remove())

test('a relay that is killed at any moment loses nothing, doubles no effect and keeps the order', async (t) => {
  const rounds = 6
  const seed = Math.random()
  t.diagnostic(`seed: ${seed}`)
  const ids: string[] = []
  let relay: ChildProcess = await plant.spawnRelay()
  try {
    for (let round = 0; round < rounds; round++) {
      const emitting = Promise.all(
        ['a', 'b', 'c'].map(async (tenant) => {
          for (let at = 0; at < 15; at++) ids.push(await plant.emit(tenant, `${tenant}${at % 3}`))
        }),
      )
      // Somewhere between reading, signing, storing, marking, minting, posting and settling.
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
  for (const service of ['invoice', 'mail']) {
    const effects = await plant.effects(service)
    assert.deepEqual(effects.map(({ event }) => event).sort(), [...ids].sort())
  }
  assertInOrder(ids)
})

test('a relay that is told to end drains and is gone within 2 s', async () => {
  const relay = await plant.spawnRelay()
  const id = await plant.emit('a')
  await plant.eventually(() => plant.handled.some(({ event }) => event.id === id))
  const page = await readOperatorPage('/metrics')
  assert.match(page, /tenantry_events_emitted_total\{.*tenant_id="a"/)
  assert.equal(await readOperatorPage('/health'), '{"status":"ok"}')
  const startedAt = performance.now()
  relay.kill('SIGTERM')
  assert.deepEqual(await once(relay, 'exit'), [0, null])
  assert.ok(performance.now() - startedAt < 2_500)
})

async function readOperatorPage(path: string): Promise<string> {
  const call = request({ socketPath: plant.operatorSocket, path }).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return text(answer)
}

function assertInOrder(emitted: readonly string[]) {
  const turns = new Map(emitted.map((id, at) => [id, at]))
  const lanes = Map.groupBy(
    plant.handled,
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
