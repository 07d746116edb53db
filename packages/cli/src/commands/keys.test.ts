import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { keyTable } from './keys.ts'

test('keys are shown with kid, age and state, and each database with the kids it has', () => {
  const nowMs = Date.UTC(2026, 0, 2)
  const text = keyTable(
    {
      keys: [
        { kid: 1, state: 'expiring', madeAtMs: null, endsAtMs: nowMs + 60_000 },
        { kid: 2, state: 'signing', madeAtMs: nowMs - 2 * 3_600_000, endsAtMs: null },
      ],
      databases: [
        { database: 'tenantry_pool', tenant: null, kids: [1, 2], state: 'ready', error: null },
        { database: 'tenantry_0a', tenant: 'tenant-c', kids: [], state: 'unreachable', error: 'no route' },
      ],
    },
    nowMs,
  )
  assert.deepEqual(
    stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.replace(/ {2,}/g, '  ')),
    [
      'kid  age  state',
      '1  unknown  expiring  leases end 2026-01-02T00:01:00.000Z',
      '2  2 h  signing',
      '',
      'database  tenant  kids  state',
      'tenantry_pool  pool  1, 2  ready',
      'tenantry_0a  tenant-c  none  unreachable: no route',
    ],
  )
})
