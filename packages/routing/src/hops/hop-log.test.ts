import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerHops, hopsQuery, newestHopsQuery } from './answer-hops.ts'
import { type EndingHop, hopSchema } from './hop.ts'
import { HopLog } from './hop-log.ts'

const hour = 3_600_000
const gateway = (request: string, more: object = {}): EndingHop => ({
  kind: 'gateway',
  ms: 12.34,
  request,
  trace: 'f'.repeat(32),
  tenant: 'tenant-a',
  tier: 'basic',
  method: 'POST',
  status: 200,
  ...more,
})
const log = (bytesMax = 64 * 1024) => new HopLog({ bytesMax, keepMs: hour })

test('what was added is found by its request and by its trace, with the time that it began, and by nothing else', () => {
  const hops = log()
  hops.add(gateway('r-1'), 1_000_000)
  hops.add(gateway('r-2', { trace: 'e'.repeat(32), tenant: 'r-1', route: '"request":"r-1"' }), 1_000_001)
  const [found, ...more] = hops.find(['r-1'], 1_000_002).hops
  assert.deepEqual(found, { ...gateway('r-1'), ms: 12.3, atMs: 999_987.7 })
  assert.deepEqual(more, [], 'the text of an id that stands elsewhere is no id')
  assert.equal(hopSchema.safeParse(found).success, true)
  assert.equal(hops.find(['e'.repeat(32)], 1_000_002).hops.length, 1)
  for (const other of ['r', 'r-', '-1', 'R-1', '', '"', '\\', '\n'])
    assert.deepEqual(hops.find([other], 1_000_002).hops, [])
})

test('several ids are found together, each hop once, in the order in which they were added', () => {
  const hops = log()
  for (const id of ['a', 'b', 'c', 'a']) hops.add(gateway(id))
  const { hops: found } = hops.find(['c', 'a', 'f'.repeat(32)])
  assert.deepEqual(
    found.map(({ request }) => request),
    ['a', 'b', 'c', 'a'],
  )
})

test('an id that needs escaping is found', () => {
  const hops = log()
  const ids = ['a"b', 'a\\b', 'ä\nö', '…']
  for (const id of ids) hops.add(gateway(id))
  assert.deepEqual(
    hops.find(ids).hops.map(({ request }) => request),
    ids,
  )
})

test('100,000 requests take no more than was declared, and the newest stay', () => {
  const bytesMax = 1024 * 1024
  const before = process.memoryUsage().arrayBuffers
  const hops = log(bytesMax)
  const allocated = process.memoryUsage().arrayBuffers - before
  assert.ok(allocated <= bytesMax, `${allocated} bytes`)
  for (let at = 0; at < 100_000; at++) hops.add(gateway(`request-${at}`))
  assert.ok(process.memoryUsage().arrayBuffers - before <= bytesMax)
  assert.equal(hops.find(['request-0']).hops.length, 0)
  const line = JSON.stringify({ ...gateway('request-99999'), atMs: Date.now() }).length + 1
  const keptAtLeast = Math.floor(bytesMax / 2 / line) - 1
  assert.ok(keptAtLeast > 2_000)
  for (const at of [99_999, 99_998, 100_000 - keptAtLeast])
    assert.equal(hops.find([`request-${at}`]).hops.length, 1, String(at))
})

test('what is asked for is bounded, however much of it there is', () => {
  const hops = log(8 * 1024 * 1024)
  for (let at = 0; at < 5_000; at++) hops.add(gateway(`request-${at}`))
  assert.equal(hops.find(['f'.repeat(32)]).hops.length, 500)
})

test('what is older than it is kept for is not found, and the oldest tells so', () => {
  const hops = log()
  assert.equal(hops.find(['r']).oldestAtMs, null)
  hops.add(gateway('r'), 10 * hour)
  assert.equal(hops.find(['r'], 11 * hour - 100).hops.length, 1)
  const later = hops.find(['r'], 11 * hour + 1)
  assert.equal(later.hops.length, 0)
  assert.equal(later.oldestAtMs, 10 * hour + 1)
})

test('a hop that is larger than all of it is dropped, and what was there stays', () => {
  const hops = log(2_000)
  hops.add(gateway('r-1'))
  for (const id of ['r-2', 'r-2']) hops.add(gateway(id, { route: 'x'.repeat(2_000) }))
  assert.equal(hops.find(['r-1']).hops.length, 1)
  assert.equal(hops.find(['r-2']).hops.length, 0)
})

test('characters of several bytes neither overflow nor tear a line', () => {
  const hops = log(4_096)
  for (let at = 0; at < 500; at++) {
    hops.add(gateway(`r-${at}`, { route: '€😀'.repeat(at % 40) }))
    assert.equal(hops.find([`r-${at}`]).hops.length, 1)
  }
  assert.ok(hops.find(['f'.repeat(32)]).hops.length > 1)
})

test('a process answers what it is asked by its query alone', () => {
  const hops = log()
  const ids = ['a&id=b', 'c d', 'é']
  for (const id of [...ids, 'b']) hops.add(gateway(id))
  assert.deepEqual(
    answerHops(hops, hopsQuery(ids))?.hops.map(({ request }) => request),
    ids,
  )
  for (const url of [undefined, '', '/', '/hops', '/hopsx?id=b', '/metrics?id=b'])
    assert.equal(answerHops(hops, url), undefined)
  assert.equal(answerHops(undefined, hopsQuery(ids)), undefined)
  assert.deepEqual(answerHops(hops, '/hops?')?.hops, [])
})

test('the newest are told first, across both buffers, as many as are asked for', () => {
  const hops = log(4_096)
  for (let at = 0; at < 30; at++) hops.add(gateway(`r-${at}`), 1_000_000 + at)
  const newest = (limit: number) => hops.newest({ limit }, 1_000_100).hops.map(({ request }) => request)
  assert.deepEqual(newest(3), ['r-29', 'r-28', 'r-27'])
  const all = newest(500)
  assert.ok(all.length > 10 && all.length < 30, `${all.length} are left of 30`)
  assert.deepEqual(
    all,
    all.map((_, at) => `r-${29 - at}`),
  )
  for (const none of [0, -1, Number.NaN]) assert.deepEqual(newest(none), [])
})

test('the newest of one tenant are found behind any number of others, and nobody else’s are among them', () => {
  const hops = log()
  hops.add(gateway('mine'))
  for (let at = 0; at < 200; at++) hops.add(gateway(`r-${at}`, { tenant: at % 2 ? 'tenant-b' : undefined }))
  hops.add(gateway('named', { tenant: 'tenant-b', route: '"tenant":"tenant-a"', addressed: 'tenant-a' }))
  hops.add(gateway('longer', { tenant: 'tenant-aa' }))
  const of = (tenant: string) => hops.newest({ tenant, limit: 2 }).hops.map(({ request }) => request)
  assert.deepEqual(of('tenant-a'), ['mine'])
  assert.deepEqual(of('tenant-b'), ['named', 'r-199'])
  for (const none of ['tenant', 'tenant-', '', '"']) assert.deepEqual(of(none), [])
})

test('of the newest none is told that is older than what is kept, and 500 at most', () => {
  const hops = log(1024 * 1024)
  hops.add(gateway('old', { ms: 0 }), 1_000_000)
  hops.add(gateway('new', { ms: 0 }), 1_000_001)
  const { hops: found, oldestAtMs } = hops.newest({ limit: 10 }, 1_000_001 + hour)
  assert.deepEqual(
    found.map(({ request }) => request),
    ['new'],
  )
  assert.equal(oldestAtMs, 1_000_001)
  for (let at = 0; at < 600; at++) hops.add(gateway(`r-${at}`))
  assert.equal(hops.newest({ limit: 1_000 }).hops.length, 500)
  assert.equal(log().newest({ limit: 10 }).oldestAtMs, null)
})

test('a process answers which are its newest', () => {
  const hops = log()
  for (const tenant of ['a&limit=9', 'tenant-a', 'tenant-a']) hops.add(gateway('r', { tenant }))
  const asked = (newest: Parameters<typeof newestHopsQuery>[0]) =>
    answerHops(hops, newestHopsQuery(newest))?.hops.map(({ tenant }) => tenant)
  assert.deepEqual(asked({ limit: 2 }), ['tenant-a', 'tenant-a'])
  assert.deepEqual(asked({ tenant: 'a&limit=9', limit: 2 }), ['a&limit=9'])
  for (const url of ['/hops/newest', '/hops/newestx?limit=1']) assert.equal(answerHops(hops, url), undefined)
})
