import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import { KeyPlant } from '../../../test/key-plant.ts'
import { ControlPlaneClient } from '../control-plane-client.ts'
import type { PlacementMigrations } from '../databases/placement-migrations.ts'
import type { Topology } from '../deployments/topology.ts'
import { addMigrationRoutes } from './migration-routes.ts'
import { MigrationRuns } from './migration-runs.ts'

const count = 20
let plant: KeyPlant
let silos: Topology[]

before(async () => {
  plant = await KeyPlant.build()
  silos = Array.from({ length: count }, () => plant.newSilo())
})
after(() => plant.remove())

/** Runs that note which placements are begun, and how many at once. */
function watchedRuns() {
  const begun: string[] = []
  let now = 0
  let most = 0
  const { provisioner } = plant
  const runs = new MigrationRuns({
    placements: async () => silos,
    requireTenant: async () => undefined,
    provisioner: {
      readMigrationStatus: (topology) => provisioner.readMigrationStatus(topology),
      provision: async (topology, rows) => {
        begun.push(topology.database.id)
        most = Math.max(most, ++now)
        await provisioner.provision(topology, rows).finally(() => now--)
      },
    },
  })
  return { runs, begun, most: () => most }
}

const appliedIn = ({ database }: Topology) =>
  plant.asAdmin(database.id, async (client) => {
    const { rows } = await client.query<{ name: string; at: string }>(
      `select name, applied_at::text as at from tenantry.migrations where name like '0%' order by name`,
    )
    return rows
  })
const namesIn = async (silo: Topology) => (await appliedIn(silo)).map(({ name }) => name)
const idOf = (silo: Topology | undefined) => silo?.database.id ?? assert.fail('no silo')
const stateOf = ({ services: [one] }: PlacementMigrations) => [one?.applied, one?.pending.length]

test('20 databases are made and migrated: the first alone, then four at once', async () => {
  const { runs, begun, most } = watchedRuns()
  const before = await runs.status()
  assert.ok(before.every(({ failure }) => failure?.code === '3D000'))
  const told: string[] = []
  const first = silos[7]?.tenant
  assert.ok(first)
  const { failed, placements } = await runs.run({ first }, ({ database }) => told.push(database))
  assert.equal(failed, false)
  assert.deepEqual(placements.map(stateOf), Array(count).fill([1, 0]))
  assert.equal(begun[0], idOf(silos[7]))
  assert.equal(told[0], idOf(silos[7]))
  assert.deepEqual([...told].sort(), silos.map(idOf).sort())
  assert.equal(most(), 4)
})

test('the bound may be given, and a placement that there is not is refused before anything runs', async () => {
  const { runs, begun, most } = watchedRuns()
  await assert.rejects(
    runs.run({ first: 'tenant-z' }, () => undefined),
    { code: 'MIGRATION_FIRST' },
  )
  await assert.rejects(
    runs.run({ first: 'pool' }, () => undefined),
    { code: 'MIGRATION_FIRST' },
  )
  assert.deepEqual(begun, [])
  await runs.run({ parallel: 2 }, () => undefined)
  assert.equal(most(), 2)
})

test('a failure stops the run; mended, the next one goes on with what is left', async () => {
  const broken = silos[10]
  assert.ok(broken?.tenant)
  const spoil = (text: string) =>
    plant.asAdmin(idOf(broken), (client) =>
      client
        .query(`delete from note.notes`)
        .then(() =>
          client.query('insert into note.notes (text, tenantry_tenant) values ($1, $2)', [
            text,
            broken.tenant,
          ]),
        ),
    )
  await spoil('far too long a text')
  plant.addMigration('002.sql', 'alter table notes add constraint brief check (length(text) < 5)')
  const { runs, begun } = watchedRuns()
  const { failed, placements } = await runs.run({}, () => undefined)
  assert.equal(failed, true)
  const failure = placements.find(({ database }) => database === idOf(broken))?.services[0]?.failure
  assert.equal(failure?.code, 'MIGRATION_FAILED')
  assert.match(failure?.message ?? '', /note\/002\.sql.*brief/)
  assert.match(failure?.help ?? '', /mend/)
  // Others were under way, or began while it failed; what came after was not begun, and is pending.
  assert.ok(begun.length >= 11 && begun.length < count, `${begun.length} were begun`)
  assert.ok(begun.includes(idOf(broken)))
  assert.deepEqual(await namesIn(broken), ['001.sql'])
  const pending = placements.filter(({ services: [one] }) => one?.pending.length === 1)
  assert.equal(pending.length, count - begun.length + 1)
  const before = new Map(await Promise.all(silos.map(async (one) => [one, await appliedIn(one)] as const)))

  await spoil('abc')
  assert.equal((await runs.run({}, () => undefined)).failed, false)
  for (const silo of silos) {
    const rows = await appliedIn(silo)
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['001.sql', '002.sql'],
    )
    assert.deepEqual(rows.slice(0, before.get(silo)?.length), before.get(silo), 'nothing is applied twice')
  }
  assert.ok((await runs.status()).every(({ services: [one] }) => one?.failure === null))
})

test('a run that is killed in the middle is gone on with by the next', async () => {
  plant.addMigration('003.sql', 'alter table notes add column mood text')
  const child = fork(fileURLToPath(new URL('../../../test/migrate-main.ts', import.meta.url)))
  child.send(JSON.parse(JSON.stringify(plant.migrateDocument)))
  for (let told = 0; told < 5; told++) await once(child, 'message')
  child.kill('SIGKILL')
  await once(child, 'exit')
  // PostgreSQL may still be at what the killed process had sent.
  await sleep(300)
  const done = (await Promise.all(silos.map(namesIn))).filter((names) => names.length === 3).length
  assert.ok(done >= 5 && done < count, `${done} were done`)
  const { runs } = watchedRuns()
  const status = await runs.status()
  assert.equal(status.filter(({ services: [one] }) => one?.pending.length === 0).length, done)
  assert.equal((await runs.run({}, () => undefined)).failed, false)
  for (const silo of silos) assert.deepEqual(await namesIn(silo), ['001.sql', '002.sql', '003.sql'])
})

test('the control plane tells of each placement while it runs, of the failure at the end, and takes one run at a time', async () => {
  const app = Fastify()
  const { runs } = watchedRuns()
  addMigrationRoutes(app, runs)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const client = new ControlPlaneClient({ url, adminToken: 'x' })
  plant.addMigration('004.sql', 'alter table notes add column weather text not null')
  const told: PlacementMigrations[] = []
  const running = client.migrate({ parallel: 1 }, (placement) => told.push(placement))
  const second = client.migrate({}, () => undefined)
  await assert.rejects(second, { code: 'MIGRATION_RUNNING' })
  const { failed, placements } = await running
  // Rows are there in one database alone.
  assert.equal(failed, true)
  assert.equal(told.length, 11)
  assert.equal(told.at(-1)?.services[0]?.failure?.code, 'MIGRATION_FAILED')
  assert.deepEqual(placements, await client.migrations())
  await assert.rejects(
    client.migrate({ parallel: 9 }, () => undefined),
    { code: 'BODY_INVALID' },
  )
  await assert.rejects(
    client.migrate({ first: 'tenant-z' }, () => undefined),
    { code: 'MIGRATION_FIRST' },
  )
  await app.close()
})
