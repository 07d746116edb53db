import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from '../config.ts'
import { findDifferences } from './find-differences.ts'
import { needsRestart } from './needs-restart.ts'

const issuer = {
  issuer: 'http://localhost:8085',
  audience: 'shop',
  claims: { tenant: 't', role: 'r' },
}
const shop: TenantryConfigInput = {
  mode: 'development',
  trustDomain: 'shop.example',
  identity: issuer,
  tiers: { basic: { placement: 'pool' } },
  services: { order: { entry: 'order.ts', migrations: 'm', routes: ['/orders'] } },
}
const order = shop.services.order

/** The paths of a change that wait for the next start. */
function waiting(change: Partial<TenantryConfigInput>): string[] {
  const plain = (input: TenantryConfigInput) => JSON.parse(JSON.stringify(readConfig(input)))
  return findDifferences(plain(shop), plain({ ...shop, ...change }))
    .filter(needsRestart)
    .map(({ path }) => path)
}

const settled: [string, Partial<TenantryConfigInput>][] = [
  ['trustDomain', { trustDomain: 'other.example' }],
  ['database.connectionsTotal', { database: { connectionsTotal: 90 } }],
  ['database.connectionsPerDeployment.pool', { database: { connectionsPerDeployment: { pool: 9 } } }],
  ['events.bus', { events: { bus: 'nats', servers: ['nats://localhost:1'] } }],
  ['gateway.tls', { gateway: { tls: { cert: 'c.pem', key: 'k.pem' } } }],
  ['ingress', { ingress: {} }],
  ['identity', { identity: { ...issuer, issuer: 'http://localhost:8086' } }],
  [
    'services.order.grants',
    { services: { order: { entry: 'order.ts', migrations: 'm', ...order, grants: ['central'] } } },
  ],
]
for (const [path, change] of settled)
  test(`\`${path}\` waits for the next start`, () => assert.ok(waiting(change).includes(path)))

test('what requests, calls and events are held to holds while the system runs', () => {
  const changes: Partial<TenantryConfigInput>[] = [
    {
      tiers: { basic: { placement: 'silo', limits: { requestsPerSecond: 1 } }, more: { placement: 'pool' } },
    },
    { services: { product: { entry: 'product.ts', grants: ['central'], migrations: 'm' } } },
    { services: { order: { entry: 'other.ts', migrations: 'm', grants: ['work'], calls: ['order'] } } },
    { gateway: { processes: 3, timeouts: { answerMs: 5 } } },
    { events: { keep: '1d' } },
    { identity: { ...issuer, audience: 'other' } },
    { limits: { redis: { urlFrom: 'REDIS' } }, apiKeys: {}, explain: { keep: '1h' } },
  ]
  for (const change of changes) assert.deepEqual(waiting(change), [], JSON.stringify(change))
})
