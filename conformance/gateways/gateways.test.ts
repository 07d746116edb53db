import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'undici'
import { WebSocket } from 'ws'
import { type GatewayName, GatewaysPlant } from './gateways-plant.ts'
import { Load, type Outcome } from './load.ts'

let plant: GatewaysPlant
let load: Load | undefined

before(async () => {
  plant = await GatewaysPlant.start()
  // The directory arrives a moment after the port is open, at each of both.
  const served = new Set<GatewayName>()
  const startedAtMs = performance.now()
  while (served.size < 2) {
    assert.ok(performance.now() - startedAtMs < 20_000, `only ${[...served]} serve`)
    const answer = await ask()
    await sleep(20)
    const who = plant.whoAnswered(answer.requestId)
    if (answer.status === 200 && who) served.add(who)
  }
})
afterEach(() => load?.stop())
after(() => plant.stop())

/** One request on a connection of its own. */
async function ask(): Promise<{ status: number; requestId: string }> {
  const client = new Client(`http://127.0.0.1:${plant.port}`)
  const headers = { authorization: `Bearer ${await plant.token()}` }
  const {
    statusCode,
    headers: answered,
    body,
  } = await client.request({ method: 'GET', path: '/orders', headers })
  await body.text()
  await client.close()
  return { status: statusCode, requestId: String(answered['x-request-id']) }
}

const failures = (outcomes: Outcome[]) =>
  outcomes.filter((outcome) => 'failed' in outcome || outcome.status !== 200)

/** Who answered the user before, whose connection was kept: by the last answer that was logged, for one that is killed logs no more. */
function answererBefore(outcomes: Outcome[], at: number): GatewayName | undefined {
  return outcomes
    .slice(0, at)
    .map((outcome) => ('requestId' in outcome ? plant.whoAnswered(outcome.requestId) : undefined))
    .findLast((name) => name !== undefined)
}

async function openSocket(tenant = 'tenant-a'): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${await plant.token(tenant)}` }
  const socket = new WebSocket(`ws://127.0.0.1:${plant.port}/orders`, { headers })
  await once(socket, 'open')
  return socket
}

test('both share the port, and each mints by a connection of its own', async () => {
  load = await Load.start(plant, { kept: 8, fresh: 4 })
  await sleep(1_000)
  await load.stop()
  assert.deepEqual(load.outcomes.flatMap(failures), [])
  const answerers = load.outcomes
    .flat()
    .map((outcome) => 'requestId' in outcome && plant.whoAnswered(outcome.requestId))
  for (const name of ['gateway', 'gateway-2']) assert.ok(answerers.includes(name as GatewayName), name)
})

test('of one that is killed only the open connections fail, and new ones are served at once', async () => {
  const running = await Load.start(plant, { kept: 24, fresh: 0 })
  load = running
  await sleep(1_000)
  const before = running.outcomes.map(({ length }) => length)
  await plant.end('gateway-2', 'SIGKILL')
  for (let count = 0; count < 40; count++) {
    const startedAtMs = performance.now()
    assert.equal((await ask()).status, 200)
    assert.ok(performance.now() - startedAtMs < 2_000)
  }
  // Everybody has had time to come to another one.
  const went = () => running.outcomes.every(({ length }, user) => length > (before[user] ?? 0) + 1)
  for (let waitedMs = 0; !went() && waitedMs < 10_000; waitedMs += 50) await sleep(50)
  await load.stop()
  await plant.startGateway('gateway-2')
  let failed = 0
  for (const [user, outcomes] of load.outcomes.entries()) {
    const missed = outcomes.flatMap((outcome, at) =>
      'failed' in outcome || outcome.status !== 200 ? [at] : [],
    )
    failed += missed.length
    assert.ok(missed.length <= 1, JSON.stringify(failures(outcomes)))
    for (const at of missed) assert.equal(answererBefore(outcomes, at), 'gateway-2')
    assert.ok(outcomes.length > (before[user] ?? 0) + 1, 'it went on')
  }
  assert.ok(failed > 0, 'nobody was connected to the one that was killed')
})

// A connection that the kernel made in the instant before a listener closes is reset with it, unless the kernel hands it to another.
const migrates =
  process.platform === 'linux' && readFileSync('/proc/sys/net/ipv4/tcp_migrate_req', 'utf8').trim() === '1'
const stops = ['gateway', 'gateway-2', 'gateway', 'gateway-2'] as const

test('no request fails on a kept connection, and hardly a new connection, while one after the other is stopped and started', async () => {
  load = await Load.start(plant, { kept: 16, fresh: 8 })
  for (const name of stops) {
    await sleep(500)
    const answered = load.answered
    assert.deepEqual(await plant.end(name, 'SIGTERM'), [0, null])
    assert.ok(load.answered > answered)
    await plant.startGateway(name)
    // Until it knows the tenants it says so, by 503.
    await sleep(500)
  }
  await load.stop()
  const [kept, fresh] = [load.outcomes.slice(0, 16), load.outcomes.slice(16)]
  assert.deepEqual(kept.flatMap(failures), [])
  const reset = fresh.flatMap(failures)
  for (const outcome of reset)
    assert.match('failed' in outcome ? outcome.failed : String(outcome.status), /^ECONNRESET/)
  const opened = fresh.flat().length
  const most = migrates ? 0 : Math.max(stops.length, opened / 50)
  assert.ok(reset.length <= most, `${reset.length} of ${opened} new connections`)
})

test('a WebSocket reaches a service in the scope of its tenant, until that is suspended', async () => {
  const [ours, theirs] = [await openSocket(), await openSocket('tenant-b')]
  for (const [socket, tenant] of [
    [ours, 'tenant-a'],
    [theirs, 'tenant-b'],
  ] as const) {
    socket.send('who is this?')
    assert.equal(String((await once(socket, 'message'))[0]), tenant)
  }
  plant.closed.length = 0
  const suspendedAtMs = performance.now()
  plant.setStatus('tenant-b', 'suspended')
  await once(theirs, 'close')
  assert.ok(performance.now() - suspendedAtMs < 5_000)
  while (plant.closed.length < 1) {
    assert.ok(performance.now() - suspendedAtMs < 5_000, 'it is open at the service')
    await sleep(20)
  }
  assert.equal(ours.readyState, WebSocket.OPEN)
  plant.setStatus('tenant-b', 'active')
  ours.close()
})

test('sockets are closed on both sides when the time to drain is over, and not before', async () => {
  const sockets = await Promise.all(Array.from({ length: 16 }, () => openSocket()))
  plant.closed.length = 0
  const toldAtMs = performance.now()
  const closedAfterMs = sockets.map((socket) =>
    once(socket, 'close').then(() => performance.now() - toldAtMs),
  )
  const ended = Promise.all([plant.end('gateway', 'SIGTERM'), plant.end('gateway-2', 'SIGTERM')])
  await sleep(500)
  for (const socket of sockets) {
    socket.send('who is this?')
    assert.equal(String((await once(socket, 'message'))[0]), 'tenant-a')
  }
  for (const ms of await Promise.all(closedAfterMs)) assert.ok(ms > 900 && ms < 4_000, `${ms} ms`)
  assert.deepEqual(await ended, [
    [0, null],
    [0, null],
  ])
  while (plant.closed.length < 16) {
    assert.ok(performance.now() - toldAtMs < 6_000, `${plant.closed.length} are closed at the service`)
    await sleep(20)
  }
})
