import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { migrationFailures, migrationTable } from './migration-table.ts'

const failure = { code: 'MIGRATION_FAILED', message: 'no such column', help: 'mend the statement' }
const placements = [
  {
    database: 'tenantry_0a',
    tenant: 'tenant-c',
    failure: null,
    services: [
      { service: 'order', applied: 2, pending: [], failure: null },
      { service: 'invoice', applied: 1, pending: ['002.sql'], failure },
    ],
  },
  {
    database: 'tenantry_pool',
    tenant: null,
    failure: null,
    services: [{ service: 'order', applied: 1, pending: ['002.sql'], failure: null }],
  },
]

test('each service of each placement is a row with what is applied, pending and failed', () => {
  const lines = stripVTControlCharacters(migrationTable(placements)).split('\n')
  assert.deepEqual(
    lines.map((line) => line.split(/ {2,}/)),
    [
      ['database', 'tenant', 'service', 'applied', 'pending', 'state'],
      ['tenantry_0a', 'tenant-c', 'order', '2', '0', 'done'],
      ['tenantry_0a', 'tenant-c', 'invoice', '1', '1', 'failed'],
      ['tenantry_pool', 'pool', 'order', '1', '1', 'pending'],
    ],
  )
})

test('a failure is told with its code and the next step', () => {
  assert.equal(
    stripVTControlCharacters(migrationFailures(placements)),
    'error tenantry_0a: no such column (MIGRATION_FAILED)\n  → mend the statement',
  )
  assert.equal(migrationFailures([]), '')
})
