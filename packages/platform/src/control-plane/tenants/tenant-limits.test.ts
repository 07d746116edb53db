import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { limitChangesSchema } from '@tenantry/routing'
import { Pool } from 'pg'
import { createTestDatabase, type TestDatabase } from '../../../../../tools/test-postgres.ts'
import { KeyPlant } from '../../../test/key-plant.ts'
import { RunningGateway } from '../../../test/running-gateway.ts'
import { AdoptedDatabases } from '../adoption/adopted-databases.ts'
import { readBody } from '../bodies/read-body.ts'
import { Catalog } from './catalog.ts'
import { DirectoryPublisher } from './directory-publisher.ts'
import { Lifecycle } from './lifecycle.ts'

// A catalog in a real PostgreSQL, and a gateway that follows it.
let plant: KeyPlant
let database: TestDatabase
let pool: Pool
let catalog: Catalog

before(async () => {
  plant = await KeyPlant.build()
})
after(() => plant.remove())
beforeEach(async () => {
  database = await createTestDatabase(plant.server)
  pool = new Pool({ ...plant.server, database: database.name })
  pool.on('error', () => undefined)
  catalog = new Catalog(pool)
})

async function startControlPlane() {
  await catalog.install()
  const publisher = new DirectoryPublisher()
  const lifecycle = new Lifecycle({
    config: plant.config,
    catalog,
    provisioner: plant.provisioner,
    adopted: new AdoptedDatabases({}, { provisioner: plant.provisioner, config: plant.config }),
    publisher,
    deployer: {
      deploy: () => assert.fail('nothing is deployed'),
      running: async () => ({ workloads: [], deployments: [] }),
    },
    server: plant.server,
  })
  await lifecycle.publish()
  return { publisher, lifecycle }
}
async function remove() {
  await pool.end()
  await database.drop()
}

test('a tenant’s own limits hold at a gateway that follows, one by one, and are taken back one by one', async () => {
  const { publisher, lifecycle } = await startControlPlane()
  await lifecycle.onboard('tenant-a', 'basic')
  const gateway = await RunningGateway.start()
  await gateway.serve((_request, response) => response.end())
  publisher.follow('gateway', (message) => {
    if (message.type === 'tenant') gateway.tell(message.tenant.id, { limits: message.tenant.limits ?? null })
  })
  const policy = async () => (await gateway.call('/orders')).headers.get('ratelimit-policy')
  assert.equal(await policy(), null)
  await lifecycle.limit('tenant-a', { requestsPerSecond: 100 })
  assert.equal(await policy(), '"tenant-rate";q=100;w=1')
  await lifecycle.limit('tenant-a', { concurrency: 7 })
  assert.equal(await policy(), '"tenant-rate";q=100;w=1, "tenant-concurrency";q=7;qu="concurrent-requests"')
  const { limits } = await lifecycle.limit('tenant-a', { requestsPerSecond: null, weight: 5 })
  assert.deepEqual(limits, { concurrency: 7, weight: 5 })
  assert.equal(await policy(), '"tenant-concurrency";q=7;qu="concurrent-requests"')
  await lifecycle.limit('tenant-a', { concurrency: null, weight: null })
  assert.equal(await policy(), null)
  assert.deepEqual(
    (await catalog.list()).map(({ limits }) => limits),
    [null],
  )
  await gateway.close()
  await remove()
})

test('a tenant’s own limits outlast the control plane, its suspension, and are no other tenant’s', async () => {
  const { lifecycle } = await startControlPlane()
  for (const id of ['tenant-a', 'tenant-b']) await lifecycle.onboard(id, 'basic')
  await lifecycle.limit('tenant-a', { concurrency: 3 })
  const { publisher } = await startControlPlane()
  assert.deepEqual(publisher.directory.tenants.get('tenant-a')?.limits, { concurrency: 3 })
  assert.equal(publisher.directory.tenants.get('tenant-b')?.limits, undefined)
  const { status, limits } = await catalog.setStatus('tenant-a', 'active', 'suspended')
  assert.deepEqual([status, limits], ['suspended', { concurrency: 3 }])
  await remove()
})

test('a catalog of before there were limits is given their column, and loses nothing', async () => {
  await pool.query(`create table tenants (id text primary key, tier text not null, status text not null,
    placement json not null, silo text unique, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now())`)
  await pool.query(`insert into tenants values ('tenant-a', 'basic', 'active', '{"note":"pool"}', null)`)
  const { lifecycle } = await startControlPlane()
  assert.deepEqual((await lifecycle.limit('tenant-a', { weight: 2 })).limits, { weight: 2 })
  await remove()
})

test('a tenant that is not there, and an id that is none, are refused', async () => {
  const { lifecycle } = await startControlPlane()
  await assert.rejects(lifecycle.limit('tenant-z', { weight: 2 }), { code: 'TENANT_NOT_FOUND', status: 404 })
  await assert.rejects(lifecycle.limit('Tenant Z', { weight: 2 }), { code: 'TENANT_ID_INVALID' })
  await remove()
})

test('limits that are none are refused by name, and so is a change of nothing', async () => {
  const read = (body: unknown) => readBody(body, limitChangesSchema, '{}')
  assert.deepEqual(read({ requestsPerSecond: 0.5, weight: null }), { requestsPerSecond: 0.5, weight: null })
  const bodies: [unknown, RegExp][] = [
    [{ requestsPerSecond: 0 }, /`requestsPerSecond`/],
    [{ concurrency: 1.5 }, /`concurrency`/],
    [{ weight: 1_000 }, /`weight`/],
    [{ burst: 5 }, /burst/],
    [{}, /at least one/],
    [undefined, /`body`/],
  ]
  for (const [body, message] of bodies)
    assert.throws(() => read(body), { code: 'BODY_INVALID', status: 400, message })
  await remove()
})
