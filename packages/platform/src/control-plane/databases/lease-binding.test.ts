import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it, test } from 'node:test'
import type { LeasedPool } from '@tenantry/isolation'
import { readConfig } from '@tenantry/routing'
import { Client } from 'pg'
import { type PgBouncer, startPgBouncer } from '../../../../../tools/start-pgbouncer.ts'
import { KeyPlant } from '../../../test/key-plant.ts'
import type { DatabaseCredentials } from '../deployments/deployer.ts'
import type { Topology } from '../deployments/topology.ts'
import { describeWeakerBinding, leaseBindingOf } from './lease-binding.ts'
import type { Provisioner } from './provisioner.ts'

// Of the system, not of npm: a machine without it is told so, and a run under CI fails.
const missing = spawnSync('pgbouncer', ['--version']).error ? 'there is no pgbouncer on this machine' : false

test('leases are bound to the connection, and a start says nothing, unless a pooler is configured', () => {
  const database = { connectionsPerDeployment: { pool: 1, silo: 1 } }
  assert.equal(leaseBindingOf({ database }), 'connection')
  assert.equal(describeWeakerBinding({ database }), undefined)
  const pooled = { ...database, pooler: { mode: 'transaction', host: 'x', port: 1 } } as const
  assert.equal(leaseBindingOf({ database: pooled }), 'role')
  assert.match(describeWeakerBinding({ database: pooled }) ?? '', /^weaker: .*any connection of its role/)
})

describe('`database.pooler`', { skip: missing }, () => {
  let plant: KeyPlant
  let bouncer: PgBouncer
  let strict: Provisioner
  let pooling: Provisioner
  let silo: Topology
  let tenant: string

  before(async () => {
    plant = await KeyPlant.build()
    bouncer = await startPgBouncer(
      { ...plant.server, database: 'postgres' },
      { connections: 2, everyDatabase: true },
    )
    strict = plant.provisioner
    const { host } = plant.server
    const { trustDomain, mode, identity, tiers, services } = plant.config
    const database = { pooler: { mode: 'transaction', host, port: bouncer.port } } as const
    const config = readConfig({ trustDomain, mode, identity, tiers, services, database })
    pooling = plant.createProvisioner(plant.tokenClient('control-plane'), config)
    silo = await plant.addSilo()
    tenant = silo.tenant ?? assert.fail('no tenant')
  })
  after(async () => {
    await bouncer.stop()
    await plant.remove()
  })

  /** Provisions as a start with a configuration does, and gives new credentials to a deployment. */
  async function deploy(provisioner: Provisioner): Promise<DatabaseCredentials> {
    await provisioner.provision(silo)
    return provisioner.credentials(silo.deployments[0] ?? assert.fail('no deployment'))
  }

  const poolOf = (credentials: DatabaseCredentials) => plant.pool(silo, { credentials })
  const insert = (pool: LeasedPool, text: string, as = tenant) =>
    plant.scope(as).run(() => pool.query('insert into notes (text) values ($1)', [text]))
  const texts = (pool: LeasedPool, as = tenant) =>
    plant.scope(as).run(async () => {
      const { rows } = await pool.query<{ text: string }>('select * from notes order by text')
      return rows.map(({ text }) => text)
    })

  it('is off: deployments connect to the server, and a lease for the role is refused', async () => {
    const credentials = await deploy(strict)
    assert.equal(credentials.port, plant.server.port)
    assert.equal(credentials.pooler, false)
    const direct = await poolOf(credentials)
    await insert(direct, 'direct')
    const unbound = await poolOf({ ...credentials, pooler: true })
    await assert.rejects(texts(unbound), { code: 'LEASE_INVALID' })
    await Promise.all([direct.end(), unbound.end()])
  })

  it('sends deployments through the pooler, in databases that were there and in new ones', async () => {
    const credentials = await deploy(pooling)
    assert.equal(credentials.port, bouncer.port)
    assert.equal(credentials.pooler, true)
    const pool = await poolOf(credentials)
    await insert(pool, 'pooled')
    assert.deepEqual(await texts(pool), ['direct', 'pooled'])
    const later = plant.newSilo()
    await pooling.provision(later)
    const deployment = later.deployments[0] ?? assert.fail('no deployment')
    const own = await plant.pool(later, { credentials: await pooling.credentials(deployment) })
    await insert(own, 'new', later.tenant ?? '')
    assert.deepEqual(await texts(own, later.tenant ?? ''), ['new'])
  })

  it('shares two connections among many clients, each with its own rows', async () => {
    const credentials = await deploy(pooling)
    const pools = await Promise.all([1, 2, 3, 4].map(() => poolOf(credentials)))
    const read = await Promise.all(
      Array.from({ length: 80 }, (_, at) => texts(pools[at % 4] ?? assert.fail())),
    )
    for (const found of read) assert.deepEqual(found, ['direct', 'pooled'])
    const { rows } = await plant.asAdmin('postgres', (client) =>
      client.query('select from pg_stat_activity where usename = $1', [credentials.user]),
    )
    assert.ok(rows.length > 0 && rows.length <= 2, `${rows.length} connections`)
  })

  it('makes databases refuse what is signed for a connection, directly and through the pooler', async () => {
    const credentials = await deploy(pooling)
    const bound = { ...credentials, pooler: false }
    await assert.rejects(texts(await poolOf(bound)), { code: 'LEASE_INVALID' })
    const { host, port } = plant.server
    await assert.rejects(texts(await poolOf({ ...bound, host, port })), { code: 'LEASE_INVALID' })
  })

  it('gives nothing to whoever comes without a lease, or as a tenant who is not served', async () => {
    const credentials = await deploy(pooling)
    const { host, port, user, password, database } = credentials
    const stranger = new Client({ host, port, user, password, database })
    await stranger.connect()
    await assert.rejects(stranger.query('select * from notes'), { code: 'TN001' })
    await stranger.end()
    const pool = await poolOf(credentials)
    await plant.suspend(silo)
    await assert.rejects(texts(pool), { code: 'TENANT_SUSPENDED' })
    await plant.activate(silo)
    assert.deepEqual(await texts(pool), ['direct', 'pooled'])
  })

  it('is strict again once it is taken out, from the next statement of an open connection on', async () => {
    const pooled = await deploy(pooling)
    const open = await poolOf(pooled)
    assert.deepEqual(await texts(open), ['direct', 'pooled'])
    await strict.provision(silo)
    await assert.rejects(texts(open), { code: 'LEASE_INVALID' })
    const credentials = await deploy(strict)
    assert.deepEqual(await texts(await poolOf(credentials)), ['direct', 'pooled'])
    await assert.rejects(texts(await poolOf({ ...credentials, pooler: true })), { code: 'LEASE_INVALID' })
  })
})
