import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '@tenantry/routing'
import { newSiloName, poolTopology, siloTopology } from './topology.ts'

const server = { host: '127.0.0.1', port: 5432 }
const config = readConfig({
  mode: 'development',
  trustDomain: 'shop.example',
  identity: { issuer: 'http://localhost:8085', audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
  tiers: { basic: { placement: { vault: 'silo', '*': 'pool' } }, premium: { placement: 'silo' } },
  services: { order: { entry: 'order.ts' }, vault: { entry: 'vault.ts' } },
})

test('the pool holds the services that some tier places there', () => {
  const { database, deployments } = poolTopology(config, server)
  assert.deepEqual(database, { id: 'tenantry_pool', ...server, services: ['order'] })
  assert.deepEqual(
    deployments.map(({ id, role, tenant }) => ({ id, role, tenant })),
    [{ id: 'order.pool', role: 'pool_order', tenant: null }],
  )
})

test('a silo’s database and roles tell nothing of the tenant', () => {
  const placement = { order: 'silo', vault: 'silo' } as const
  const silo = newSiloName(placement)
  assert.match(silo ?? '', /^[0-9a-f]{8}$/)
  const topology = siloTopology(
    config,
    { id: 'tenant-c', tier: 'premium', status: 'active', placement, silo },
    server,
  )
  const names = [
    topology?.database.id,
    ...(topology?.deployments ?? []).flatMap(({ id, role }) => [id, role]),
  ]
  assert.equal(names.length, 5)
  for (const name of names) assert.doesNotMatch(name ?? '', /tenant-c|premium/)
})

test('a tenant whose services are all pooled has no silo', () => {
  assert.equal(newSiloName({ order: 'pool' }), null)
  const tenant = {
    id: 'a',
    tier: 'basic',
    status: 'active',
    placement: { order: 'pool' },
    silo: null,
  } as const
  assert.equal(siloTopology(config, tenant, server), undefined)
})

test('a service that was taken out of the configuration is not in the silo any more', () => {
  const placement = { order: 'silo', vault: 'silo', ledger: 'silo' } as const
  const tenant = { id: 'tenant-c', tier: 'premium', status: 'active', placement, silo: '3f9c2a71' } as const
  assert.deepEqual(siloTopology(config, tenant, server)?.database.services, ['order', 'vault'])
})
