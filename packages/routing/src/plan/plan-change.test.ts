import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from '../config.ts'
import { placementOfTier } from '../placement.ts'
import { findDifferences } from './find-differences.ts'
import { planChange } from './plan-change.ts'
import { findPlacementRefusal, settlePlacement } from './settle-placement.ts'

function shop(): TenantryConfigInput {
  return {
    trustDomain: 'shop.example',
    identity: { issuer: 'https://identity.example', audience: 'shop', claims: { tenant: 't', role: 'r' } },
    tiers: { basic: { placement: 'pool' }, premium: { placement: { order: 'silo', '*': 'pool' } } },
    services: {
      order: { entry: 'order.ts', routes: ['/orders'], calls: ['product'] },
      product: { entry: 'product.ts' },
    },
  }
}

const inForce = readConfig(shop())
const tenants = [
  ...['d', 'b', 'a', 'c'].map((id) => ({ id: `tenant-${id}`, tier: 'basic' })),
  { id: 'tenant-p', tier: 'premium' },
].map((tenant) => ({ ...tenant, placement: placementOfTier(inForce, tenant.tier) }))

function planOf(change: (input: TenantryConfigInput) => void) {
  const input = shop()
  change(input)
  return planChange({ inForce, next: readConfig(input), tenants })
}

const everyone = { count: 5, first: ['tenant-a', 'tenant-b', 'tenant-c'] }
const ofBasic = { count: 4, first: ['tenant-a', 'tenant-b', 'tenant-c'] }
const ofPremium = { count: 1, first: ['tenant-p'] }

test('the same configuration changes nothing, in whatever order it is written', () => {
  const plan = planOf((input) => {
    input.services = Object.fromEntries(Object.entries(input.services).reverse())
  })
  assert.deepEqual(plan, { outcome: 'nothing', differences: [], moves: [] })
})

test('changed routes, calls and settings are told by path, with both sides', () => {
  const { outcome, differences, moves } = planOf((input) => {
    Object.assign(input.services.order ?? {}, { routes: ['/orders', '/baskets'], calls: [] })
    input.database = { connectionsPerDeployment: { pool: 9 } }
  })
  assert.deepEqual([outcome, moves], ['changes', []])
  assert.deepEqual(differences, [
    {
      path: 'database.connectionsPerDeployment.pool',
      before: 5,
      after: 9,
      restart: true,
      tenants: everyone,
      refused: null,
    },
    {
      path: 'services.order.calls',
      before: ['product'],
      after: [],
      restart: false,
      tenants: everyone,
      refused: null,
    },
    {
      path: 'services.order.routes',
      before: ['/orders'],
      after: ['/orders', '/baskets'],
      restart: false,
      tenants: everyone,
      refused: null,
    },
  ])
})

test('a placement that changes is refused for the tenants that have data there, and they are counted', () => {
  const { outcome, differences, moves } = planOf((input) => {
    input.tiers.basic = { placement: { product: 'silo', '*': 'pool' } }
  })
  assert.equal(outcome, 'refused')
  assert.deepEqual(differences, [
    {
      path: 'tiers.basic.placement',
      before: 'pool',
      after: { product: 'silo', '*': 'pool' },
      restart: false,
      tenants: ofBasic,
      refused: null,
    },
  ])
  const [move, ...more] = moves
  assert.deepEqual(more, [])
  const { refused, ...rest } = move ?? assert.fail('no move')
  assert.deepEqual(rest, { tier: 'basic', service: 'product', from: 'pool', to: 'silo', tenants: ofBasic })
  assert.equal(refused?.code, 'PLACEMENT_CHANGE')
  assert.match(
    refused?.message ?? '',
    /4 tenants have data.*`product` of `tenant-a` would move from pool to silo/,
  )
  assert.match(refused?.help ?? '', /`product` in tier `basic` back/)
})

test('a placement that changes for a tier without tenants is a change and no more', () => {
  const next = shop()
  next.tiers.premium = { placement: 'silo' }
  const basicOnly = tenants.filter(({ tier }) => tier === 'basic')
  const { outcome, moves } = planChange({ inForce, next: readConfig(next), tenants: basicOnly })
  assert.deepEqual([outcome, moves], ['changes', []])
})

test('a placement that is written otherwise and means the same moves nobody', () => {
  const { outcome, moves } = planOf((input) => {
    input.tiers.premium = { placement: { order: 'silo', product: 'pool' } }
  })
  assert.deepEqual([outcome, moves], ['changes', []])
})

test('a new service is placed for each tenant as its tier says', () => {
  const { outcome, differences, moves } = planOf((input) => {
    input.services.ledger = { entry: 'ledger.ts' }
    input.tiers.premium = { placement: { order: 'silo', ledger: 'silo', '*': 'pool' } }
  })
  assert.equal(outcome, 'changes')
  assert.deepEqual(
    differences.map(({ path }) => path),
    ['services.ledger', 'tiers.premium.placement.ledger'],
  )
  assert.deepEqual(moves, [
    { tier: 'basic', service: 'ledger', from: null, to: 'pool', tenants: ofBasic, refused: null },
    { tier: 'premium', service: 'ledger', from: null, to: 'silo', tenants: ofPremium, refused: null },
  ])
})

test('a service that is taken out and put back is where it was', () => {
  const { product: _, ...services } = shop().services
  const without = readConfig({ ...shop(), services: { ...services, order: { entry: 'order.ts' } } })
  const [tenant] = tenants
  const { placement, added, moves } = settlePlacement(without, tenant ?? assert.fail('no tenant'))
  assert.deepEqual([placement, added, moves], [{ order: 'pool', product: 'pool' }, [], []])
  const plan = planChange({ inForce, next: without, tenants })
  const removed = plan.differences.find(({ path }) => path === 'services.product')
  assert.deepEqual([plan.outcome, removed?.after], ['changes', undefined])
})

test('a tier that tenants have cannot be taken away; one that none has can', () => {
  const gone = planOf((input) => {
    delete input.tiers.premium
  })
  assert.deepEqual(
    gone.differences.map(({ path, refused, tenants }) => [path, refused?.code, tenants]),
    [['tiers.premium', 'TIER_IN_USE', ofPremium]],
  )
  assert.equal(gone.outcome, 'refused')
  const next = readConfig({ ...shop(), tiers: { basic: { placement: 'pool' } } })
  const basicOnly = tenants.filter(({ tier }) => tier === 'basic')
  assert.equal(planChange({ inForce, next, tenants: basicOnly }).outcome, 'changes')
})

test('what is refused is one error, with a tenant’s name and the next step', () => {
  assert.equal(findPlacementRefusal(inForce, tenants), undefined)
  const moved = readConfig({
    ...shop(),
    tiers: { basic: { placement: 'silo' }, premium: { placement: 'silo' } },
  })
  const refusal = findPlacementRefusal(moved, tenants)
  assert.deepEqual([refusal?.code, refusal?.status], ['PLACEMENT_CHANGE', 409])
  assert.match(refusal?.message ?? '', /^5 tenants have data/)
  const without = readConfig({ ...shop(), tiers: { basic: { placement: 'pool' } } })
  const inUse = findPlacementRefusal(without, tenants)
  assert.equal(inUse?.code, 'TIER_IN_USE')
  assert.match(inUse?.message ?? '', /`premium` is no more, and 1 tenant has it/)
})

test('differences go as deep as both sides have objects', () => {
  assert.deepEqual(findDifferences({ a: { b: 1, c: [1] } }, { a: { b: 2, c: [1] }, d: { e: 1 } }), [
    { path: 'a.b', before: 1, after: 2 },
    { path: 'd', before: undefined, after: { e: 1 } },
  ])
  assert.deepEqual(findDifferences({ a: null }, { a: {} }), [{ path: 'a', before: null, after: {} }])
})
