import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { usageTotals } from '../../../test/usage-totals.ts'
import { quantileMs } from './live-figures.ts'
import { LiveReaders } from './live-readers.ts'
import { LiveUsage } from './live-usage.ts'

const gateway = {
  kind: 'gateway',
  service: 'gateway',
  deployment: 'gateway',
  isSilo: false,
  epoch: 'g',
} as const
const order = {
  kind: 'service',
  service: 'order',
  deployment: 'order.pool',
  isSilo: false,
  epoch: 'o',
} as const
const growth = (tenant: string, ...of: Parameters<typeof usageTotals>) => ({
  ...{ tenant, tier: 'basic' },
  totals: usageTotals(...of),
})
const noteOf = (growths: ReturnType<typeof growth>[], changes = {}) => ({
  ...{ collection: 1, sinceMs: 1_000, growths, callers: new Map<string, number>() },
  ...changes,
})

test('requests are those at the gateways, and processor, database and events those of everybody', () => {
  const live = new LiveUsage()
  live.note(gateway, noteOf([growth('tenant-a', 10, { cpuMs: 100 }), growth('tenant-b', 2)]))
  const calls = new Map([['gateway', 30]])
  const inOrder = { cpuMs: 400, databaseMs: 250, eventsEmitted: 5 }
  live.note(order, noteOf([growth('tenant-a', 30, inOrder)], { sinceMs: 2_000, callers: calls }))
  const snapshot = live.take()
  const { requestsPerSecond, cpuCores, databaseMsPerSecond, eventsPerSecond } = snapshot.total
  assert.deepEqual([requestsPerSecond, cpuCores, databaseMsPerSecond, eventsPerSecond], [12, 0.3, 125, 2.5])
  assert.deepEqual(
    snapshot.tenants.map(({ id, requestsPerSecond: of }) => [id, of]),
    [
      ['tenant-a', 10],
      ['tenant-b', 2],
    ],
  )
  assert.deepEqual(
    snapshot.deployments.map(({ id, requestsPerSecond: of }) => [id, of]),
    [
      ['gateway', 12],
      ['order.pool', 15],
    ],
  )
  assert.deepEqual(snapshot.calls, [{ from: 'gateway', to: 'order.pool', perSecond: 15 }])
  assert.deepEqual([snapshot.tenantsActive, snapshot.loud], [2, []])
})

test('pieces of one collection are one, and the next collection takes their place', () => {
  const live = new LiveUsage()
  live.note(gateway, noteOf([growth('tenant-a', 3)]))
  live.note(gateway, noteOf([growth('tenant-b', 4)]))
  assert.equal(live.take().total.requestsPerSecond, 7)
  live.note(gateway, noteOf([growth('tenant-a', 1)], { collection: 2 }))
  assert.equal(live.take().total.requestsPerSecond, 1)
})

test('a process that reports nothing any more counts for nothing after 2.5 s', async () => {
  const live = new LiveUsage()
  live.note(gateway, noteOf([growth('tenant-a', 3)]))
  await sleep(1_000)
  assert.equal(live.take().total.requestsPerSecond, 3)
  await sleep(1_600)
  const { total, tenants, deployments } = live.take()
  assert.deepEqual([total.requestsPerSecond, total.p50Ms, tenants, deployments], [0, null, [], []])
  assert.deepEqual(
    live.history.map(({ total: then }) => then.requestsPerSecond),
    [3, 0],
  )
})

test('the busiest 100 tenants are told, and how many there are', () => {
  const live = new LiveUsage()
  live.note(gateway, noteOf(Array.from({ length: 150 }, (_, at) => growth(`tenant-${at}`, at))))
  const { tenants, tenantsActive } = live.take()
  assert.deepEqual(
    [tenants.length, tenants[0]?.id, tenants.at(-1)?.id, tenantsActive],
    [100, 'tenant-149', 'tenant-50', 149],
  )
})

test('the last 300 s are kept', () => {
  const live = new LiveUsage()
  for (let second = 0; second < 400; second++) live.take()
  assert.equal(live.history.length, 300)
})

test('who finds loud tenants is shown what each takes of what is shared, every second', () => {
  const one = { tenant: 'tenant-a', tier: 'basic', what: 'cpu', share: 0.9, fair: 0.5 } as const
  const live = new LiveUsage({ findLoud: (use) => (use.length === 1 ? [one] : []) })
  assert.deepEqual(live.take().loud, [])
  live.note(gateway, noteOf([growth('tenant-a', 1)]))
  assert.deepEqual(live.take().loud, [one])
})

test('a quantile lies between the bounds of its bucket, as far in as requests are', () => {
  const counts = (...of: [bucket: number, count: number][]) =>
    Object.assign(
      Array.from({ length: 14 }, () => 0),
      Object.fromEntries(of),
    )
  assert.equal(quantileMs(counts(), 0.5), null)
  assert.equal(quantileMs(counts([0, 10]), 0.5), 0.5)
  assert.equal(quantileMs(counts([2, 50], [5, 50]), 0.75), 37.5)
  assert.equal(quantileMs(counts([2, 99], [13, 1]), 0.99), 5)
  assert.equal(quantileMs(counts([2, 90], [13, 10]), 0.95), 10_000)
})

let server: Server
let readers: LiveReaders
const answers: ServerResponse[] = []
async function serve(live: LiveUsage): Promise<string> {
  readers = new LiveReaders(live)
  server = createServer((_request, response) => {
    answers.push(response)
    readers.add(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
afterEach(() => {
  readers?.close()
  server?.close()
  server?.closeAllConnections()
  answers.length = 0
})

test('a reader is told what was, and then what is, once a second', async () => {
  const live = new LiveUsage()
  live.take()
  const [answer] = (await once(get(await serve(live)), 'response')) as [IncomingMessage]
  assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8')
  let text = ''
  answer.on('data', (chunk) => {
    text += chunk
  })
  await sleep(2_300)
  const events = text.split('\n\n').slice(0, -1)
  assert.deepEqual(
    events.map((event) => event.split('\n')[0]),
    ['event: history', 'event: live', 'event: live'],
  )
  assert.equal(JSON.parse(events[0]?.split('data: ')[1] ?? '').points.length, 1)
  readers.close()
  await once(answer, 'end')
})

test('a reader that does not read is cut off, and holds up no other', async () => {
  const live = new LiveUsage()
  const url = await serve(live)
  const [slow] = (await once(get(url), 'response')) as [IncomingMessage]
  slow.pause()
  const cut = once(answers[0] ?? assert.fail(), 'close')
  const [quick] = (await once(get(url), 'response')) as [IncomingMessage]
  let bytes = 0
  quick.on('data', (chunk) => {
    bytes += chunk.length
  })
  const calls = new Map(Array.from({ length: 60_000 }, (_, at) => [`deployment-${at}`, 1] as const))
  const note = setInterval(
    () => live.note(order, noteOf([], { collection: Math.random(), callers: calls })),
    200,
  )
  await cut
  clearInterval(note)
  assert.ok(bytes > 1024 * 1024)
  assert.equal(quick.socket.destroyed, false)
})

test('no more than 32 read at once', async () => {
  const url = await serve(new LiveUsage())
  for (let reader = 0; reader < 32; reader++) {
    readers.requirePlace()
    await once(get(url), 'response')
  }
  assert.throws(() => readers.requirePlace(), { code: 'LIVE_FULL', status: 503 })
})
