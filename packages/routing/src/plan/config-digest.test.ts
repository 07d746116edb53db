import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from '../config.ts'
import { configDigest } from './config-digest.ts'

const shop: TenantryConfigInput = {
  trustDomain: 'shop.example',
  identity: { issuer: 'https://identity.example', audience: 'shop', claims: { tenant: 't', role: 'r' } },
  tiers: { basic: { placement: 'pool' } },
  services: { order: { entry: 'order.ts', calls: ['product'] }, product: { entry: 'product.ts' } },
}
const digest = configDigest(readConfig(shop))

test('a configuration has one digest, in whatever order it is written, read again, or sent as JSON', () => {
  const reversed = Object.fromEntries(Object.entries(shop).reverse())
  assert.equal(configDigest(readConfig(reversed)), digest)
  const sent = JSON.parse(JSON.stringify(readConfig(shop)))
  assert.equal(configDigest(sent), digest)
  assert.equal(configDigest(readConfig(sent)), digest)
})

test('whatever says something else has another digest', () => {
  const others: Partial<TenantryConfigInput>[] = [
    { trustDomain: 'other.example' },
    { tiers: { basic: { placement: 'pool', limits: { weight: 2 } } } },
    { services: { order: { entry: 'order.ts' }, product: { entry: 'product.ts' } } },
  ]
  const digests = others.map((other) => configDigest(readConfig({ ...shop, ...other })))
  assert.equal(new Set([digest, ...digests]).size, others.length + 1)
})
