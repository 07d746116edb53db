import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Directory, type DirectoryWorkload, hashApiKey } from '@tenantry/routing'
import { Pool } from 'pg'
import { createTestDatabase, type TestDatabase } from '../../../../../tools/test-postgres.ts'
import { KeyPlant } from '../../../test/key-plant.ts'
import { ApiKeys } from './api-keys.ts'
import { Catalog } from './catalog.ts'
import { DirectoryPublisher } from './directory-publisher.ts'

let plant: KeyPlant
let database: TestDatabase
let pool: Pool

before(async () => {
  plant = await KeyPlant.build()
  database = await createTestDatabase(plant.server)
  pool = new Pool({ ...plant.server, database: database.name })
  const catalog = new Catalog(pool)
  await catalog.install()
  for (const id of ['tenant-a', 'tenant-b'])
    await catalog.begin({ id, tier: 'basic', placement: {}, silo: null })
})
after(async () => {
  await pool.end()
  await database.drop()
  await plant.remove()
})

/** A control plane that starts over the same catalog, and who follows it. */
async function start() {
  const publisher = new DirectoryPublisher()
  publisher.publish({ type: 'snapshot', tenants: [], deployments: [], workloads: [], databases: [] })
  const apiKeys = new ApiKeys(pool, publisher)
  await apiKeys.install()
  await apiKeys.publish()
  const follow = (kind: DirectoryWorkload['kind']) => {
    const directory = new Directory()
    publisher.follow(kind, (message) => directory.apply(message))
    return directory
  }
  return { apiKeys, follow }
}

test('a key is told as it is made and as it is revoked, to the gateway and the token service, and after a restart', async () => {
  const { apiKeys, follow } = await start()
  const kinds = ['gateway', 'token-service', 'relay', 'identity-provider'] as const
  const followers = kinds.map(follow)
  const { key, id } = await apiKeys.create({ tenant: 'tenant-a', role: 'buyer', lifetimeMs: 60_000 })
  const knownTo = (directories: Directory[]) =>
    directories.map((directory) => directory.liveApiKeyOf(hashApiKey(key))?.tenant)
  assert.deepEqual(knownTo(followers), ['tenant-a', 'tenant-a', undefined, undefined])
  const again = await start()
  const later = kinds.map(again.follow)
  assert.deepEqual(knownTo(later), ['tenant-a', 'tenant-a', undefined, undefined])
  assert.equal(later[0]?.liveApiKey(id)?.role, 'buyer')
  await again.apiKeys.revoke(id)
  assert.deepEqual(knownTo(later), [undefined, undefined, undefined, undefined])
  assert.deepEqual(knownTo([(await start()).follow('gateway')]), [undefined])
})

test('a tenant’s keys are listed, the newest first, without hash or key, also those that are over', async () => {
  const { apiKeys } = await start()
  const first = await apiKeys.create({ tenant: 'tenant-b', name: 'first' })
  const second = await apiKeys.create({ tenant: 'tenant-b', lifetimeMs: -1 })
  await apiKeys.revoke(first.id)
  const listed = await apiKeys.list('tenant-b')
  assert.deepEqual(
    listed.map(({ id, name, revokedAt }) => [id, name, revokedAt !== null]),
    [
      [second.id, null, false],
      [first.id, 'first', true],
    ],
  )
  for (const secret of [first.key, second.key, hashApiKey(first.key)])
    assert.ok(!JSON.stringify(listed).includes(secret))
  assert.equal((await start()).follow('gateway').apiKeys.has(hashApiKey(second.key)), false)
})

test('revoking twice keeps the first time; a key that there is not is 404', async () => {
  const { apiKeys } = await start()
  const { id } = await apiKeys.create({ tenant: 'tenant-a' })
  const { revokedAt } = await apiKeys.revoke(id)
  assert.deepEqual((await apiKeys.revoke(id)).revokedAt, revokedAt)
  await assert.rejects(apiKeys.revoke('nobody'), { code: 'API_KEY_NOT_FOUND', status: 404 })
})
