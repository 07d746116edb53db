import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploymentIdFor } from '@tenantry/routing'
import { pricedConfig } from '../../../test/priced-config.ts'
import type { CatalogTenant } from '../tenants/catalog.ts'
import { describePlacements, readPrices } from './cost-question.ts'

const config = pricedConfig(['product', 'order'])
const at = (hour: number) => new Date(hour * 3_600_000)
const tenant = (id: string, changes: Partial<CatalogTenant> = {}): CatalogTenant => ({
  ...{ id, tier: 'basic', status: 'active', placement: {}, silo: null, limits: null },
  ...{ createdAt: at(0), updatedAt: at(0) },
  ...changes,
})
const silo = (id: string, changes: Partial<CatalogTenant> = {}) =>
  tenant(id, { tier: 'premium', placement: { product: 'silo', order: 'pool' }, silo: '0a0a0a0a', ...changes })
const describe = (tenants: CatalogTenant[], { from, to }: { from: number; to: number }) =>
  describePlacements(config, tenants, { fromS: from * 3_600, toS: to * 3_600 })
const namesOf = (bearers: readonly { tenant: string }[]) => bearers.map(({ tenant }) => tenant)

test('a pool is everyone’s who is placed there, a silo its tenant’s alone, and the platform everyone’s', () => {
  const own = silo('tenant-c')
  const { deployments, platformHours, bearers } = describe([tenant('tenant-a'), own], { from: 10, to: 14 })
  assert.deepEqual(
    deployments.map(({ deployment, placement, hours, bearers }) => [
      deployment,
      placement,
      hours,
      namesOf(bearers),
    ]),
    [
      ['product.pool', 'pool', 4, ['tenant-a']],
      [deploymentIdFor(own, 'product'), 'silo', 4, ['tenant-c']],
      ['order.pool', 'pool', 4, ['tenant-a', 'tenant-c']],
    ],
  )
  assert.deepEqual([platformHours, bearers[1]], [4, { tenant: 'tenant-c', tier: 'premium' }])
})

test('a silo is there since its tenant is, pools and platform since the first tenant is', () => {
  const tenants = [tenant('tenant-a', { createdAt: at(11) }), silo('tenant-c', { createdAt: at(13.5) })]
  const { deployments, platformHours } = describe(tenants, { from: 10, to: 14 })
  assert.deepEqual(
    deployments.map(({ hours }) => hours),
    [3, 0.5, 3],
  )
  assert.equal(platformHours, 3)
})

test('a suspended tenant bears its part, one that is being onboarded or came later bears none', () => {
  const tenants = [
    tenant('tenant-a', { status: 'suspended' }),
    silo('tenant-b', { status: 'onboarding' }),
    silo('tenant-c', { createdAt: at(14) }),
  ]
  const { deployments, bearers } = describe(tenants, { from: 10, to: 14 })
  assert.deepEqual(namesOf(bearers), ['tenant-a'])
  assert.deepEqual(
    deployments.map(({ deployment }) => deployment),
    ['product.pool', 'order.pool'],
  )
})

test('before there was anyone, nothing was there, and nobody pays', () => {
  for (const tenants of [[], [tenant('tenant-a', { createdAt: at(20) })]]) {
    const { deployments, platformHours, bearers } = describe(tenants, { from: 10, to: 14 })
    assert.deepEqual([platformHours, bearers], [0, []])
    assert.ok(deployments.every(({ hours }) => hours === 0))
  }
})

test('hours that are still to come are none', () => {
  assert.equal(describe([tenant('tenant-a')], { from: 10, to: 9 }).platformHours, 0)
})

test('a service has its own price, or that of the rest, or none', () => {
  const perHour = { platform: 2, pool: { order: 0, '*': 3 } }
  const { cost } = pricedConfig(['product', 'order'], { currency: 'EUR', perHour }).metrics
  const { deploymentHour, platformHour, units } = readPrices(cost ?? assert.fail('no prices'))
  assert.deepEqual(
    [deploymentHour('order', 'pool'), deploymentHour('product', 'pool'), deploymentHour('order', 'silo')],
    [0, 3, 0],
  )
  assert.deepEqual([platformHour, Object.values(units)], [2, [0, 0, 0, 0, 0, 0, 0]])
})
