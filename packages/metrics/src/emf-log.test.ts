import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmfLog } from './emf-log.ts'
import { durationBoundsMs, type UsageTotals } from './usage.ts'
import { UsageSeries } from './usage-series.ts'

const used: UsageTotals = {
  ...{ requests: 3, errors: 0, limited: 0, durationMs: 1_500, durations: durationBoundsMs.map(() => 0) },
  ...{ bytesIn: 10, bytesOut: 20, statements: 4, databaseMs: 250, databaseRows: 5 },
  ...{ eventsEmitted: 0, eventsDelivered: 0, cpuMs: 125 },
}
const pool = { service: 'order', deployment: 'order.pool', isSilo: false }

test('a line tells what was added since the one before, by tenant, service and deployment, as CloudWatch reads it', async () => {
  const series = new UsageSeries(10)
  const lines: string[] = []
  const log = new EmfLog({
    ...{ producer: series, namespace: 'Shop', everySeconds: 3_600 },
    write: (line) => lines.push(line),
  })
  series.add({ id: 'tenant-a', tier: 'basic' }, pool, used)
  series.add({ id: 'tenant-b', tier: 'premium' }, pool, used)
  await log.write()
  assert.equal(lines.length, 2)
  const [first = ''] = lines
  assert.match(first, /^\{.*\}\n$/)
  const { _aws: aws, ...told } = JSON.parse(first)
  assert.ok(Math.abs(aws.Timestamp - Date.now()) < 10_000)
  const [{ Namespace, Dimensions, Metrics }] = aws.CloudWatchMetrics
  assert.equal(Namespace, 'Shop')
  assert.deepEqual(Dimensions, [['tenant.id', 'tenant.tier', 'service.name', 'tenantry.deployment']])
  assert.deepEqual(told, {
    'tenant.id': 'tenant-a',
    'tenant.tier': 'basic',
    'service.name': 'order',
    'tenantry.deployment': 'order.pool',
    'tenantry.usage.requests': 3,
    'tenantry.usage.request.time': 1.5,
    'tenantry.usage.bytes.in': 10,
    'tenantry.usage.bytes.out': 20,
    'tenantry.usage.database.statements': 4,
    'tenantry.usage.database.time': 0.25,
    'tenantry.usage.database.rows': 5,
    'tenantry.usage.cpu.time': 0.125,
  })
  // Each metric that is named is there as a number, and each dimension as text: what is not so is dropped by CloudWatch.
  for (const { Name, Unit } of Metrics) {
    assert.equal(typeof (told as Record<string, unknown>)[Name], 'number')
    assert.ok(['Count', 'Seconds', 'Bytes'].includes(Unit))
  }
  lines.length = 0
  await log.write()
  assert.deepEqual(lines, [])
  series.add({ id: 'tenant-b', tier: 'premium' }, pool, { ...used, requests: 1 })
  await log.close()
  assert.equal(lines.length, 1)
  assert.equal(JSON.parse(lines[0] ?? '')['tenantry.usage.requests'], 1)
})

test('a tenant that lost its place and has it again is told of from 0, however much that is', async () => {
  const series = new UsageSeries(1)
  const told: number[] = []
  const log = new EmfLog({
    ...{ producer: series, namespace: 'Shop', everySeconds: 3_600 },
    write: (line) => {
      const fields = JSON.parse(line)
      if (fields['tenant.id'] === 'tenant-a') told.push(fields['tenantry.usage.requests'])
    },
  })
  const use = (id: string, times: number) => {
    for (let n = 0; n < times; n++) series.add({ id, tier: 'basic' }, pool, { ...used, requests: 1 })
  }
  use('tenant-a', 1)
  await log.write()
  // Others read, too, and each reading ranks.
  use('tenant-b', 10)
  await series.collect()
  // A series is known by when it began.
  await sleep(2)
  use('tenant-a', 100)
  await series.collect()
  use('tenant-a', 5)
  await log.close()
  assert.deepEqual(told, [1, 5])
})
