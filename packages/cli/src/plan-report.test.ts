import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Plan } from '@tenantry/platform'
import { planReport } from './plan-report.ts'

const refused = { code: 'PLACEMENT_CHANGE', message: '4 tenants have data', help: 'put it back' }
const tenants = { count: 4, first: ['tenant-a', 'tenant-b', 'tenant-c'] }

const report = (plan: Plan) => stripVTControlCharacters(planReport(plan))

test('a plan is what differs, who has what elsewhere, what is refused, and what is next', () => {
  const text = report({
    outcome: 'refused',
    differences: [
      {
        path: 'services.old',
        before: { entry: 'x'.repeat(60) },
        after: undefined,
        tenants,
        restart: false,
        refused: null,
      },
      {
        path: 'tiers.basic.placement',
        before: 'pool',
        after: 'silo',
        tenants,
        restart: false,
        refused: null,
      },
    ],
    moves: [
      {
        tier: 'basic',
        service: 'new',
        from: null,
        to: 'pool',
        tenants: { count: 0, first: [] },
        refused: null,
      },
      { tier: 'basic', service: 'order', from: 'pool', to: 'silo', tenants, refused },
    ],
  })
  assert.equal(
    text,
    `   setting                in force                                  in the file  tenants
-  services.old           {"entry":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx…               4: tenant-a, tenant-b, tenant-c, …
~  tiers.basic.placement  pool                                      silo         4: tenant-a, tenant-b, tenant-c, …

tier   service  from  to    tenants
basic  new      new   pool  none
basic  order    pool  silo  4: tenant-a, tenant-b, tenant-c, …  refused

refused 4 tenants have data (PLACEMENT_CHANGE)
  → put it back

✗ the system does not start with this file`,
  )
})

test('nothing to do is one line', () => {
  assert.equal(report({ outcome: 'nothing', differences: [], moves: [] }), '✓ the file says what is in force')
})
