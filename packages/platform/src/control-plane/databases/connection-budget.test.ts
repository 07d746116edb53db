import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig, Pool } from 'pg'
import { createTestDatabase, type TestDatabase } from '../../../../../tools/test-postgres.ts'
import { KeyPlant } from '../../../test/key-plant.ts'
import { AdoptedDatabases } from '../adoption/adopted-databases.ts'
import type { Topology } from '../deployments/topology.ts'
import { inParallel } from '../scheduling/in-parallel.ts'
import { Catalog } from '../tenants/catalog.ts'
import { DirectoryPublisher } from '../tenants/directory-publisher.ts'
import { Lifecycle } from '../tenants/lifecycle.ts'
import { connectionLimitOf, requireConnections } from './connection-budget.ts'

const count = 30
let plant: KeyPlant
let silos: Topology[]

before(async () => {
  plant = await KeyPlant.build({ database: { connectionsPerDeployment: { silo: 1 } }, ownServer: true })
  silos = Array.from({ length: count }, () => plant.newSilo())
  await inParallel(silos, 8, (silo) => plant.provisioner.provision(silo))
})
after(() => plant.remove())

const deploymentOf = ({ deployments: [one] }: Topology) => one ?? assert.fail('no deployment')

/** How many connections the deployments' roles have now, or one of them. */
function connections(role?: string): Promise<number> {
  return plant.asAdmin('postgres', async (client) => {
    const roles = role ? [role] : silos.map((silo) => deploymentOf(silo).role)
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where usename = any ($1)`,
      [roles],
    )
    return rows[0]?.count ?? 0
  })
}

/** The most connections that there ever are while `work` goes on. */
async function mostDuring(work: Promise<unknown>): Promise<number> {
  let over = false
  const done = work.finally(() => {
    over = true
  })
  let most = 0
  while (!over) most = Math.max(most, await connections())
  await done
  return most
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!(await check())) {
    assert.ok(Date.now() < deadline, `not so within 5 s: ${check}`)
    await sleep(20)
  }
}

test('30 silos’ pools over one server take one connection each at most, and none once they are idle', async () => {
  const pools = await Promise.all(silos.map((silo) => plant.pool(silo, { idleTimeoutMillis: 300 })))
  assert.equal(await connections(), 0, 'a pool that nobody asked has no connection')
  const ask = (at: number) =>
    plant.scope(silos[at]?.tenant ?? '').run(() => pools[at]?.query(`insert into notes (text) values ('a')`))
  const asked = Array.from({ length: count * 10 }, (_, at) => ask(at % count))
  const most = await mostDuring(Promise.all(asked))
  assert.ok(most > 0 && most <= count, `${most} connections`)
  await eventually(async () => (await connections()) === 0)
  await ask(0)
  assert.equal(await connections(deploymentOf(silos[0] as Topology).role), 1)
  await Promise.all(pools.map((pool) => pool.end()))
})

test('a deployment that opens connections of its own gets as many as its role may have, and others go on', async () => {
  const limit = connectionLimitOf(plant.config, { tenant: 'any' })
  const refusals: string[] = []
  const opened: Client[] = []
  const stormers = silos.slice(0, 10)
  // A client's connection that has ended counts on the server until its process is gone.
  await eventually(async () => (await connections()) === 0)
  const storm = inParallel(stormers, stormers.length, async (silo) => {
    const { host, port, user, database, password } = await plant.credentials(deploymentOf(silo))
    const config: ClientConfig = { host, port, user, database, password }
    for (let tried = 0; tried < limit + 3; tried++) {
      const client = new Client(config)
      client.on('error', () => undefined)
      await client.connect().then(
        () => opened.push(client),
        (error: { code: string }) => refusals.push(error.code),
      )
    }
  })
  const most = await mostDuring(storm)
  assert.ok(most <= stormers.length * limit, `${most} connections`)
  assert.equal(opened.length, stormers.length * limit)
  assert.deepEqual(refusals, Array(stormers.length * 3).fill('53300'))
  await Promise.all(opened.map((client) => client.end()))
})

test('what the server has not is refused before it is promised', async () => {
  const max = await plant.provisioner.readConnectionsMax()
  assert.equal(max, 297)
  requireConnections(plant.config, silos, max)
  const { services } = plant.config
  const wider = { services, database: { connectionsPerDeployment: { pool: 5, silo: 8 } } }
  assert.throws(() => requireConnections(wider, silos, max), {
    code: 'CONNECTIONS_EXHAUSTED',
    message: '30 databases need up to 359 connections, and there are 297',
    help: /connectionsPerDeployment.*connectionsTotal.*max_connections/,
  })
  const { connectionsPerDeployment } = plant.config.database
  assert.throws(
    () =>
      requireConnections(
        { services, database: { connectionsPerDeployment, connectionsTotal: 400 } },
        [],
        max,
      ),
    {
      code: 'CONNECTIONS_EXHAUSTED',
      message: '`database.connectionsTotal` is 400, and the server has 297 for us',
    },
  )
  assert.throws(
    () =>
      requireConnections(
        { services, database: { connectionsPerDeployment, connectionsTotal: 140 } },
        silos,
        max,
      ),
    { code: 'CONNECTIONS_EXHAUSTED' },
  )
})

test('a tenant for whom there are no connections is not onboarded, and leaves nothing behind', async () => {
  const database: TestDatabase = await createTestDatabase(plant.server)
  const pool = new Pool({ ...plant.server, database: database.name })
  pool.on('error', () => undefined)
  const catalog = new Catalog(pool)
  await catalog.install()
  const { connectionsPerDeployment } = plant.config.database
  const lifecycle = new Lifecycle({
    config: { ...plant.config, database: { connectionsPerDeployment, connectionsTotal: 40 } },
    catalog,
    provisioner: plant.provisioner,
    adopted: new AdoptedDatabases({}, { provisioner: plant.provisioner, config: plant.config }),
    publisher: new DirectoryPublisher(),
    deployer: {
      deploy: () => assert.fail('nothing is deployed'),
      running: async () => ({ workloads: [], deployments: [] }),
    },
    server: plant.server,
  })
  // The pool and the platform's own take 37 of 40; a pooled tenant takes none more.
  await lifecycle.onboard('pooled', 'basic')
  await assert.rejects(lifecycle.onboard('siloed', 'premium'), { code: 'CONNECTIONS_EXHAUSTED', status: 409 })
  assert.deepEqual(
    (await catalog.list()).map(({ id }) => id),
    ['pooled'],
  )
  await pool.end()
  await database.drop()
})
