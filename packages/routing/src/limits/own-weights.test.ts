import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { OwnWeights, weightsAskedMax } from './own-weights.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-weights-'))
const socketPath = join(folder, 'control.sock')
const weights = new Map<string, number>()
const asked: string[][] = []
let isAway = false
let hangs = false

/** Who answers in the control plane's place: its own suite has the real one. */
const server = createServer(async (request, response) => {
  const { tenants } = (await json(request)) as { tenants: string[] }
  asked.push(tenants)
  const told = `${request.method} ${request.url} ${request.headers.authorization}`
  assert.equal(told, 'POST /weights Bearer for control-plane')
  if (hangs) return
  if (isAway) request.socket.destroy()
  else response.end(JSON.stringify({ weights: Object.fromEntries(weights) }))
}).listen(socketPath)
await once(server, 'listening')

const create = () =>
  new OwnWeights({ socketPath, credential: (audience) => `for ${audience}`, agent: new Agent() })
beforeEach(() => {
  weights.clear()
  asked.length = 0
  isAway = false
  hangs = false
})
after(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
})

test('a weight is there shortly after its tenant’s first work, and is not asked for again for 2 s', async () => {
  const own = create()
  weights.set('heavy', 4)
  assert.equal(own.of('heavy'), undefined)
  assert.equal(own.of('other'), undefined)
  for (let waited = 0; waited < 5; waited++) {
    await sleep(100)
    own.of('heavy')
    own.of('other')
  }
  assert.deepEqual([own.of('heavy'), own.of('other')], [4, undefined])
  assert.deepEqual(asked, [['heavy', 'other']])
})

test('a weight that is set, changed or taken back holds within 2.2 s', async () => {
  const own = create()
  for (const weight of [4, 2, undefined]) {
    if (weight === undefined) weights.clear()
    else weights.set('heavy', weight)
    const changedAtMs = performance.now()
    while (own.of('heavy') !== weight) await sleep(10)
    const lateMs = performance.now() - changedAtMs
    assert.ok(lateMs < 2_500, `${lateMs} ms`)
  }
})

test('while nobody answers, what was known holds, and one question in 2 s is tried', async () => {
  const own = create()
  weights.set('heavy', 4)
  own.of('heavy')
  await sleep(200)
  isAway = true
  weights.clear()
  for (let waited = 0; waited < 45; waited++) {
    assert.equal(own.of('heavy'), 4)
    await sleep(50)
  }
  assert.equal(asked.length, 2)
})

test('while whoever is asked stands still, one question at a time is open, and later ones are asked once it moves', async () => {
  const agent = new Agent({ maxSockets: 1 })
  const own = new OwnWeights({ socketPath, credential: (audience) => `for ${audience}`, agent })
  hangs = true
  weights.set('heavy', 4)
  for (let waited = 0; waited < 30; waited++) {
    own.of('heavy')
    own.of(`tenant-${waited}`)
    await sleep(50)
  }
  assert.deepEqual([asked.length, Object.keys(agent.requests)], [1, []])
  hangs = false
  const movesAtMs = performance.now()
  while (own.of('heavy') === undefined) await sleep(10)
  assert.ok(performance.now() - movesAtMs < 3_500)
})

test('many tenants are asked for together, no more at once than are answered', async () => {
  const own = create()
  for (let tenant = 0; tenant < 2 * weightsAskedMax + 1; tenant++) own.of(`tenant-${tenant}`)
  await sleep(300)
  assert.deepEqual(
    asked.map(({ length }) => length),
    [weightsAskedMax, weightsAskedMax, 1],
  )
})

test('tenants beyond 10,000 are forgotten, those first that were asked for the longest ago', async () => {
  const own = create()
  weights.set('tenant-0', 2).set('tenant-10000', 3)
  for (let tenant = 0; tenant <= 10_000; tenant++) own.of(`tenant-${tenant}`)
  await sleep(700)
  assert.deepEqual([own.of('tenant-0'), own.of('tenant-10000')], [undefined, 3])
})
