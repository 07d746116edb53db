import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { CostAnswer } from '@tenantry/platform'
import { costOf, costTable } from './cost-table.ts'

type Row = CostAnswer['rows'][number]
const row = (tenant: string, service: string, parts: Record<string, number>): Row => ({
  ...{ tenant, tier: 'basic', service, deployment: `${service}.pool`, placement: 'pool', parts },
  cost: Object.values(parts).reduce((sum, part) => sum + part, 0),
})
const answer: CostAnswer = {
  ...{ from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' },
  ...{ currency: 'EUR', method: 'Divided so.', total: 4, unallocated: 0 },
  rows: [
    row('tenant-a', 'order', { pool: 0.25 }),
    row('tenant-b', 'order', { pool: 2, cpuHour: 0.25 }),
    row('tenant-a', 'platform', { platform: 0.75 }),
    row('tenant-b', 'platform', { platform: 0.75 }),
  ],
}
const linesOf = (text: string) => stripVTControlCharacters(text).split('\n')

test('a line a tenant, the dearest first, has its share and each service’s part of it', () => {
  assert.deepEqual(linesOf(costTable(answer, { oneTenant: false })), [
    'tenant    tier   cost      share  of it',
    'tenant-b  basic  3.000000  75 %   order 75 %  platform 25 %',
    'tenant-a  basic  1.000000  25 %   platform 75 %  order 25 %',
    '',
    'total 4.000000 EUR',
    '2026-11-01T00:00:00.000Z to 2026-11-02T00:00:00.000Z. Divided so.',
  ])
})

test('one tenant is told by service, with what each is made of, and its own total', () => {
  const its = costOf({ ...answer, unallocated: 1 }, 'tenant-b')
  assert.deepEqual([its.total, its.rows.length, its.unallocated], [3, 2, undefined])
  assert.deepEqual(linesOf(costTable(its, { oneTenant: true })).slice(0, 5), [
    'service   deployment     cost      made of',
    'order     order.pool     2.250000  pool 2.000000  cpuHour 0.250000',
    'platform  platform.pool  0.750000  platform 0.750000',
    '',
    'total 3.000000 EUR',
  ])
})

test('what nobody bears is told beside the total, and nothing paid for is said', () => {
  const lines = linesOf(costTable({ ...answer, unallocated: 0.5 }, { oneTenant: false }))
  assert.deepEqual(lines.slice(-3, -1), [
    'total 4.000000 EUR',
    'nobody’s 0.500000 EUR (no tenant is placed there)',
  ])
  const none = { ...answer, rows: [], total: 0 }
  assert.equal(linesOf(costTable(none, { oneTenant: false }))[0], 'nothing is paid for')
  assert.match(costTable({ ...none, unallocated: 2 }, { oneTenant: false }), /nobody’s.* 2\.000000 EUR/)
})

test('what a tenant costs is its rows’ sum, to the millionth', () => {
  const rows = Array.from({ length: 1_000 }, () => row('tenant-a', 'order', { pool: 0.100001 }))
  assert.equal(costOf({ ...answer, rows }, 'tenant-a').total, 100.001)
})
