import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { UsageAnswer, UsageOf } from '@tenantry/platform'
import { describeBytes, usageTable } from './usage-table.ts'

const totals = (changes: Partial<UsageOf['totals']>): UsageOf['totals'] => ({
  ...{ requests: 0, errors: 0, limited: 0, durationMs: 0, durations: [], bytesIn: 0, bytesOut: 0 },
  ...{ statements: 0, databaseMs: 0, databaseRows: 0, eventsEmitted: 0, eventsDelivered: 0, cpuMs: 0 },
  ...changes,
})
const row = (service: string, changes: Partial<UsageOf['totals']>, hourS: number | null = null): UsageOf => ({
  ...{ hourS, tenant: 'tenant-a', tier: 'basic', service, deployment: `${service}.pool` },
  totals: totals(changes),
})
const answerOf = (rows: UsageOf[]) =>
  ({ from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z', rows }) as unknown as UsageAnswer
const cellsOf = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.split(/ {2,}/))

test('a tenant’s requests are those at the gateway, and its work that of everybody', () => {
  const [head, line] = cellsOf(
    usageTable(
      answerOf([
        row('gateway', { requests: 3, errors: 1, bytesIn: 2048, cpuMs: 10 }),
        row('order', {
          requests: 7,
          bytesIn: 9,
          statements: 5,
          databaseMs: 1_500,
          eventsEmitted: 2,
          cpuMs: 90,
        }),
      ]),
      { oneTenant: false },
    ),
  )
  assert.deepEqual(head, [
    'tenant',
    'tier',
    'requests',
    'errors',
    'limited',
    'in',
    'out',
    'statements',
    'db s',
    'events',
    'cpu s',
  ])
  assert.deepEqual(line, ['tenant-a', 'basic', '3', '1', '0', '2.0 KiB', '0 B', '5', '1.50', '2', '0.10'])
})

test('one tenant is told by service, and by hour where that was asked for', () => {
  const [head, first, second] = cellsOf(
    usageTable(answerOf([row('gateway', { requests: 3 }, 0), row('order', { requests: 7 }, 3_600)]), {
      oneTenant: true,
    }),
  )
  assert.deepEqual(head?.slice(0, 4), ['hour', 'service', 'deployment', 'requests'])
  assert.deepEqual(first?.slice(0, 4), ['1970-01-01T00:00', 'gateway', 'gateway.pool', '3'])
  assert.deepEqual(second?.slice(0, 4), ['1970-01-01T01:00', 'order', 'order.pool', '7'])
})

test('it is said when nothing was used', () => {
  assert.match(usageTable(answerOf([]), { oneTenant: false }), /nothing was used from 2026-11-01/)
})

test('bytes are told in the largest unit of which there is one', () => {
  assert.deepEqual([0, 1_023, 1_024, 1_572_864, 5 * 1024 ** 4].map(describeBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '5.0 TiB',
  ])
})
