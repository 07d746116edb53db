import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placementOfTier } from './placement.ts'

const config = {
  tiers: {
    basic: { placement: 'pool' as const },
    advanced: { placement: { invoice: 'silo', '*': 'pool' } as const },
    premium: { placement: 'silo' as const },
  },
  services: Object.fromEntries(
    ['order', 'invoice'].map((name) => [
      name,
      {
        entry: 'x.ts',
        shared: [],
        routes: [],
        calls: [],
        subscribes: [],
        acceptsAccessTokens: false,
        register: false,
        open: [],
        grants: [],
      },
    ]),
  ),
}

test('a tier places every service', () => {
  assert.deepEqual(placementOfTier(config, 'basic'), { order: 'pool', invoice: 'pool' })
  assert.deepEqual(placementOfTier(config, 'advanced'), { order: 'pool', invoice: 'silo' })
  assert.deepEqual(placementOfTier(config, 'premium'), { order: 'silo', invoice: 'silo' })
})

test('an unknown tier is refused, also one named like an object’s own members', () => {
  assert.throws(() => placementOfTier(config, 'gold'), { code: 'TIER_UNKNOWN', status: 400 })
  assert.throws(() => placementOfTier(config, 'constructor'), { code: 'TIER_UNKNOWN', status: 400 })
})
