import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../config.ts'
import { limitsOf } from './tenant-limits.ts'

const { tiers } = readConfig({
  mode: 'development',
  trustDomain: 'shop.example',
  identity: { issuer: 'http://localhost:1', audience: 'shop', claims: { tenant: 't', role: 'r' } },
  tiers: {
    free: { placement: 'pool', limits: { requestsPerSecond: 0.5 } },
    basic: { placement: 'pool', limits: { requestsPerSecond: 50, burst: 200, concurrency: 10, weight: 3 } },
    open: { placement: 'pool' },
  },
  services: {},
})

test('a tier’s limits hold for its tenants, with one second’s worth of burst unless it says otherwise', () => {
  assert.deepEqual(limitsOf({ tiers }, { tier: 'basic' }), {
    rate: { requestsPerSecond: 50, burst: 200 },
    concurrency: 10,
    weight: 3,
  })
  assert.deepEqual(limitsOf({ tiers }, { tier: 'free' }).rate, { requestsPerSecond: 0.5, burst: 1 })
})

test('what a tier does not name is not limited, nor is a tier that is not declared', () => {
  const none = { rate: null, concurrency: null, weight: 1 }
  for (const tier of ['open', 'gone', '__proto__']) assert.deepEqual(limitsOf({ tiers }, { tier }), none)
})

test('what was set for one tenant stands in place of its tier’s, each by itself', () => {
  const basic = (limits: object) => limitsOf({ tiers }, { tier: 'basic', limits })
  assert.deepEqual(basic({ concurrency: 2 }), { ...limitsOf({ tiers }, { tier: 'basic' }), concurrency: 2 })
  assert.deepEqual(basic({ requestsPerSecond: 100 }).rate, { requestsPerSecond: 100, burst: 400 })
  assert.deepEqual(limitsOf({ tiers }, { tier: 'open', limits: { requestsPerSecond: 7.5, weight: 9 } }), {
    rate: { requestsPerSecond: 7.5, burst: 8 },
    concurrency: null,
    weight: 9,
  })
})
