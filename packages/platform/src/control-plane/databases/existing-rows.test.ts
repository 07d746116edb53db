import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import Fastify from 'fastify'
import { KeyPlant } from '../../../test/key-plant.ts'
import { ControlPlaneClient } from '../control-plane-client.ts'
import type { Topology } from '../deployments/topology.ts'
import { addMigrationRoutes } from '../migrations/migration-routes.ts'
import { MigrationRuns } from '../migrations/migration-runs.ts'

let plant: KeyPlant
let pool: Topology
let silo: Topology
let other: Topology

before(async () => {
  plant = await KeyPlant.build()
})
after(() => plant.remove())

/** Two silos and a pool, of the tenants in them and two without silos; in one of them are tables with a customer's rows. */
beforeEach(() => {
  plant.addMigration('001.sql', 'create table if not exists notes (text text not null unique)')
  plant.addMigration('002.sql', 'alter table notes add column mood text')
  pool = poolOf(plant)
  silo = plant.newSilo()
  other = plant.newSilo()
})

function poolOf({ topologies, server }: KeyPlant): Topology {
  const { host, port } = server
  const name = randomBytes(4).toString('hex')
  const id = `test_${name}`
  const deployment = { id: `note.${name}`, service: 'note', tenant: null, database: id, role: `${id}_note` }
  const topology = {
    tenant: null,
    database: { id, host, port, services: ['note'] },
    deployments: [{ ...deployment, addresses: [] }],
  }
  topologies.push(topology)
  return topology
}

const tenantOf = ({ tenant }: Topology) => tenant ?? assert.fail('no tenant')

async function loadRows({ database }: Topology): Promise<void> {
  await plant.provisioner.createDatabase(database.id)
  await plant.asAdmin(database.id, (client) =>
    client.query(`create schema note; create table note.notes (text text not null unique);
      insert into note.notes values ('one'), ('two')`),
  )
}

function createRuns(): MigrationRuns {
  const known = new Set([tenantOf(silo), tenantOf(other), 'pooled-a', 'pooled-b'])
  return new MigrationRuns({
    provisioner: plant.provisioner,
    placements: async () => [silo, other, pool],
    requireTenant: async (id) => {
      if (!known.has(id)) throw Object.assign(new Error(id), { code: 'TENANT_NOT_FOUND' })
    },
  })
}

async function run(existingRowsOf?: Record<string, string>) {
  const { failed, placements } = await createRuns().run({ existingRowsOf }, () => undefined)
  const failure = placements.flatMap(({ services }) => services).find((one) => one.failure)?.failure
  return { failed, failure }
}

const done = { failed: false, failure: undefined }

/** The rows as they are, and the hidden column where there is one. */
function rowsIn({ database }: Topology): Promise<object[]> {
  return plant.asAdmin(database.id, async (client) => {
    const { rows } = await client.query('select to_jsonb(n) as row from note.notes n order by text')
    return rows.map(({ row }) => row)
  })
}

const unprotected = [{ text: 'one' }, { text: 'two' }]
const protectedFor = (tenant: string) =>
  unprotected.map((row) => ({ ...row, mood: null, tenantry_tenant: tenant }))

async function textsOf(placement: Topology, tenant: string): Promise<string[]> {
  const leased = await plant.pool(placement)
  const { rows } = await plant
    .scope(tenant)
    .run(() => leased.query<{ text: string }>('select * from notes order by text'))
  return rows.map(({ text }) => text)
}

test('rows that are nobody’s stop the migration, and the error names the flag', async () => {
  await loadRows(silo)
  const { failed, failure } = await run()
  assert.equal(failed, true)
  assert.equal(failure?.code, 'PROTECT_ROWS')
  assert.match(failure?.message ?? '', /`notes` has rows already/)
  assert.match(failure?.help ?? '', /tenantry migrate --existing-rows-of <tenant>/)
  assert.deepEqual(await rowsIn(silo), unprotected)
})

test('a silo’s rows become its tenant’s, and no other’s', async () => {
  await loadRows(silo)
  for (const tenant of [tenantOf(other), 'pooled-a']) {
    assert.equal((await run({ '*': tenant })).failure?.code, 'PROTECT_ROWS', 'it has no rows there')
    assert.deepEqual(await rowsIn(silo), unprotected)
  }
  assert.deepEqual(await run({ '*': tenantOf(silo) }), done)
  assert.deepEqual(await rowsIn(silo), protectedFor(tenantOf(silo)))
  assert.deepEqual(await textsOf(silo, tenantOf(silo)), ['one', 'two'])
  assert.deepEqual(await rowsIn(other), [])
})

test('the pool’s rows become the one tenant’s that is named, by service or for all', async () => {
  await loadRows(pool)
  assert.equal((await run({ '*': tenantOf(silo) })).failure?.code, 'PROTECT_ROWS', 'it is not in the pool')
  assert.deepEqual(await run({ '*': tenantOf(silo), note: 'pooled-a' }), done)
  assert.deepEqual(await rowsIn(pool), protectedFor('pooled-a'))
})

test('a tenant or a service that there is not is refused before anything runs', async () => {
  await loadRows(silo)
  const runs = createRuns()
  const refuses = (existingRowsOf: Record<string, string>, code: string) =>
    assert.rejects(
      runs.run({ existingRowsOf }, () => assert.fail('a placement was migrated')),
      { code },
    )
  await refuses({ '*': 'nobody' }, 'TENANT_NOT_FOUND')
  await refuses({ notes: tenantOf(silo) }, 'MIGRATION_SERVICE')
  await refuses({ note: tenantOf(silo), '*': 'nobody' }, 'TENANT_NOT_FOUND')
  await refuses({ '*': `x' or 1=1` }, 'TENANT_ID_INVALID')
  assert.deepEqual(await rowsIn(silo), unprotected)
})

test('a run that failed after the rows were given is gone on with, without naming them again', async () => {
  await loadRows(silo)
  plant.addMigration('002.sql', 'alter table notes add column mood text not null')
  const { failed, failure } = await run({ '*': tenantOf(silo) })
  assert.equal(failed, true)
  assert.equal(failure?.code, 'MIGRATION_FAILED')
  assert.deepEqual(
    await rowsIn(silo),
    unprotected.map((row) => ({ ...row, tenantry_tenant: tenantOf(silo) })),
  )
  plant.addMigration('002.sql', 'alter table notes add column mood text')
  // Another name changes nothing: the rows have their tenant.
  assert.deepEqual(await run({ '*': tenantOf(other) }), done)
  assert.deepEqual(await run(), done)
  assert.deepEqual(await rowsIn(silo), protectedFor(tenantOf(silo)))
})

test('the control plane is told of them as of the other options', async () => {
  await loadRows(silo)
  const app = Fastify()
  addMigrationRoutes(app, createRuns())
  const client = new ControlPlaneClient({
    url: await app.listen({ host: '127.0.0.1', port: 0 }),
    adminToken: 'x',
  })
  const migrate = (existingRowsOf: Record<string, string>) =>
    client.migrate({ existingRowsOf }, () => undefined)
  await assert.rejects(migrate({ notes: tenantOf(silo) }), { code: 'MIGRATION_SERVICE' })
  assert.equal((await migrate({ '*': tenantOf(silo) })).failed, false)
  assert.deepEqual(await rowsIn(silo), protectedFor(tenantOf(silo)))
  await app.close()
})
