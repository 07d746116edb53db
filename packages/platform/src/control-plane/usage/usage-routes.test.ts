import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { errorAnswer } from '@tenantry/context'
import Fastify from 'fastify'
import { usageTotals } from '../../../test/usage-totals.ts'
import { fieldOf } from './usage-csv.ts'
import { addUsageRoutes } from './usage-routes.ts'
import type { UsageOf, UsageQuery } from './usage-store.ts'

// What the store reads is its own suite's; here is how it is asked, and how its rows are told.
const asked: UsageQuery[] = []
let rows: UsageOf[] = []
const app = Fastify()
app.setErrorHandler((error, _request, reply) => {
  const { status, body } = errorAnswer(error, 'id')
  return reply.status(status).send(body)
})
addUsageRoutes(app, {
  store: {
    async *read(query) {
      asked.push(query)
      yield* rows
    },
  },
  live: { add: (response) => response.end(), requirePlace: () => undefined },
  trustDomain: 'shop.example',
})
afterEach(() => {
  asked.length = 0
  rows = []
})

const hourS = Date.parse('2026-11-01T10:00:00Z') / 1000
const row = (changes: Partial<UsageOf> = {}): UsageOf => ({
  ...{ hourS, tenant: 'tenant-a', tier: 'basic', service: 'order', deployment: 'order.pool' },
  totals: usageTotals(2, { cpuMs: 1.5 }),
  ...changes,
})

test('the last day is told unless other hours are asked for, each as a whole', async () => {
  rows = [row()]
  const { statusCode, body } = await app.inject('/usage')
  const { from, to, basis, rows: told } = JSON.parse(body)
  assert.equal(statusCode, 200)
  assert.deepEqual([basis.requests, basis.cpuMs, told], ['measured', 'estimated', [row()]])
  assert.ok(Date.parse(to) - Date.parse(from) >= 24 * 3_600_000)
  await app.inject(
    '/usage?from=2026-11-01T10:59:00Z&to=2026-11-01T13:30:00%2B01:00&tenant=tenant-a&service=order&by=total',
  )
  assert.deepEqual(asked[1], {
    ...{ fromS: hourS, toS: hourS + 2.5 * 3_600 },
    ...{ tenant: 'tenant-a', service: 'order', by: 'total' },
  })
})

test('what cannot be asked is refused', async () => {
  for (const query of [
    'from=yesterday',
    'to=2026-11-01',
    'by=day',
    'tenant=Tenant',
    'other=1',
    'to=1970-01-01T00:00:00Z&from=1970-01-02T00:00:00Z',
  ])
    for (const path of ['/usage', '/usage.csv', '/usage.cloudevents']) {
      const { statusCode, body } = await app.inject(`${path}?${query}`)
      assert.deepEqual([statusCode, JSON.parse(body).code], [400, 'USAGE_QUERY_INVALID'], query)
    }
  assert.deepEqual(asked, [])
})

test('more than 100,000 rows are refused as JSON, and told as CSV', async () => {
  rows = Array.from({ length: 100_001 }, () => row())
  const { statusCode, body } = await app.inject('/usage')
  assert.deepEqual([statusCode, JSON.parse(body).code], [400, 'USAGE_TOO_MUCH'])
  assert.equal((await app.inject('/usage.csv')).body.split('\r\n').length, 100_003)
})

test('CSV has a header row and one line a row, and is never a formula', async () => {
  rows = [row(), row({ hourS: null, tier: '=1+1' })]
  const { headers, body } = await app.inject('/usage.csv')
  assert.match(String(headers['content-type']), /^text\/csv/)
  const [header, first, second, end] = body.split('\r\n')
  assert.match(
    header ?? '',
    /^hour,tenant,tier,service,deployment,requests,.*,cpu_ms,requests_to_1_ms,.*,requests_longer$/,
  )
  assert.match(
    first ?? '',
    /^2026-11-01T10:00:00\.000Z,tenant-a,basic,order,order\.pool,2,0,0,6,.*,1\.5,0,0,2,0/,
  )
  assert.match(second ?? '', /^,tenant-a,'=1\+1,/)
  assert.equal(end, '')
  assert.equal(header?.split(',').length, first?.split(',').length)
  assert.deepEqual(['a,b', 'say "x"', '@x', 'a\nb'].map(fieldOf), ['"a,b"', '"say ""x"""', "'@x", '"a\nb"'])
})

test('an hour that is over is one CloudEvent, with the same id and bytes each time it is told', async () => {
  rows = [row()]
  const { headers, body } = await app.inject('/usage.cloudevents?by=total')
  assert.match(String(headers['content-type']), /^application\/x-ndjson/)
  assert.equal(body, (await app.inject('/usage.cloudevents')).body)
  const [line = '', end] = body.split('\n')
  const { data, ...event } = JSON.parse(line)
  assert.deepEqual(event, {
    specversion: '1.0',
    id: '2026-11-01T10:00:00.000Z/tenant-a/order.pool',
    source: '//shop.example/usage',
    type: 'tenantry.usage.hour',
    subject: 'tenant-a',
    time: '2026-11-01T11:00:00.000Z',
    datacontenttype: 'application/json',
    tenantid: 'tenant-a',
  })
  assert.deepEqual([data.tier, data.totals, end], ['basic', usageTotals(2, { cpuMs: 1.5 }), ''])
  assert.equal(asked[0]?.by, 'hour')
  assert.ok((asked[0]?.toS ?? 0) <= Date.now() / 1000 && (asked[0]?.toS ?? 1) % 3_600 === 0)
})

test('what happens now is read, and is no head alone', async () => {
  assert.equal((await app.inject('/live')).statusCode, 200)
  assert.equal((await app.inject({ method: 'HEAD', url: '/live' })).statusCode, 404)
})
