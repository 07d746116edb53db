import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CentralScope } from '@tenantry/context'
import {
  centralRoleOf,
  deriveDatabaseKey,
  deriveTenantKey,
  everyTenant,
  LeasedPool,
} from '@tenantry/isolation'
import { readConfig, type TenantryConfigInput } from '@tenantry/routing'
import { Client } from 'pg'
import { KeyPlant } from '../../../test/key-plant.ts'
import type { DatabaseCredentials } from '../deployments/deployer.ts'
import type { Topology } from '../deployments/topology.ts'
import { centralLimitOf, requireConnections } from './connection-budget.ts'
import type { Provisioner } from './provisioner.ts'

describe('the role of central work', () => {
  let plant: KeyPlant
  let granting: Provisioner
  let silo: Topology
  const pools: LeasedPool[] = []

  const configWith = (grants: ('work' | 'central')[]) => {
    const { trustDomain, mode, identity, tiers } = plant.config as TenantryConfigInput
    const services = { note: { entry: 'note.ts', migrations: 'migrations', grants } }
    return readConfig({ trustDomain, mode, identity, tiers, services })
  }
  before(async () => {
    plant = await KeyPlant.build()
    granting = plant.createProvisioner(plant.tokenClient('control-plane'), configWith(['work', 'central']))
    silo = await plant.addSilo()
    const pool = await plant.pool(silo)
    const tenant = silo.tenant ?? assert.fail('no tenant')
    await plant.scope(tenant).run(() => pool.query(`insert into notes (text) values ('of the silo')`))
  })
  after(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await plant.remove()
  })

  const deployment = () => silo.deployments[0] ?? assert.fail('no deployment')
  const user = () => centralRoleOf(deployment().role)
  const inDatabase = <T>(work: (client: Client) => Promise<T>) => plant.sessions.in(silo.database.id, work)

  /** Provisions as a start with a configuration does, and gives new credentials to the deployment. */
  async function deploy(provisioner: Provisioner): Promise<DatabaseCredentials> {
    await provisioner.provision(silo)
    return provisioner.credentials(deployment())
  }

  async function readAll({ central, ...credentials }: DatabaseCredentials): Promise<unknown[]> {
    const { connections: _, ...address } = credentials
    const { database } = address
    const [kept] = plant.kept
    if (!kept) throw new Error('no master')
    const master = Buffer.from(kept.master, 'base64url')
    const claims = { tenant: everyTenant, role: user(), kid: kept.kid, expiresAtMs: Date.now() + 60_000 }
    const key = deriveTenantKey(deriveDatabaseKey(master, database, kept.kid), claims)
    const centralKey = () => ({ database, key, ...claims })
    const tenantKeys = { tenantKey: () => Promise.reject(new Error('none')) }
    const access = central && { ...central, keys: { centralKey } }
    const pool = new LeasedPool({ ...address, tenantKeys, central: access })
    pools.push(pool)
    const scope = new CentralScope({ reason: 'test', requestId: 't', expiresAtMs: Date.now() + 60_000 })
    return (await scope.run(() => pool.query('select text from notes'))).rows
  }

  it('is made for a service that was granted `central`, and for no other', async () => {
    const { central, ...plain } = await deploy(plant.provisioner)
    assert.equal(central, undefined)
    await assert.rejects(readAll(plain), { code: 'CENTRAL_UNAVAILABLE' })
    const roles = await inDatabase((client) =>
      client.query('select from pg_roles where rolname = $1', [user()]),
    )
    assert.equal(roles.rowCount, 0)
    const granted = await deploy(granting)
    assert.equal(granted.central?.user, user())
    assert.notEqual(granted.central?.password, granted.password)
    assert.deepEqual(await readAll(granted), [{ text: 'of the silo' }])
  })

  it('has a new password at each deployment, few connections, and no powers', async () => {
    const before = await deploy(granting)
    await granting.credentials(deployment())
    const { host, port, database } = before
    const client = new Client({
      host,
      port,
      database,
      user: user(),
      password: before.central?.password ?? '',
    })
    await assert.rejects(client.connect(), { code: '28P01' })
    const { rows } = await inDatabase((admin) =>
      admin.query(
        `select rolconnlimit as limit, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as powers
         from pg_roles where rolname = $1`,
        [user()],
      ),
    )
    assert.deepEqual(rows, [{ limit: 4, powers: false }])
  })

  it('counts among the connections that the server has to have', () => {
    const [plain, granted] = [configWith([]), configWith(['central'])]
    assert.deepEqual([centralLimitOf(plain, deployment()), centralLimitOf(granted, deployment())], [0, 4])
    const needed = (config: typeof plain) => {
      for (let max = 1; ; max++) {
        try {
          requireConnections(config, [silo], max)
          return max
        } catch {
          // One more, then.
        }
      }
    }
    assert.equal(needed(granted) - needed(plain), 4)
  })

  it('is gone at the next provisioning without the grant, and so is what it read by', async () => {
    const granted = await deploy(granting)
    assert.equal((await readAll(granted)).length, 1)
    await deploy(plant.provisioner)
    await assert.rejects(readAll(granted), { code: '28P01' })
    assert.equal((await readAll(await deploy(granting))).length, 1)
  })

  it('comes to a database that was made before there was one', async () => {
    await deploy(plant.provisioner)
    await inDatabase((client) =>
      client.query(`drop policy tenantry_central on note.notes; drop function tenantry.central();
        alter table tenantry.service_roles drop column is_central`),
    )
    assert.deepEqual(await readAll(await deploy(granting)), [{ text: 'of the silo' }])
    const { audit } = await granting.audit(silo)
    const found = audit?.findings.map(({ name }) => name).filter((name) => name.includes('CENTRAL'))
    assert.deepEqual([found, audit?.enforced.some(({ name }) => name === 'CENTRAL_POLICY')], [[], true])
  })

  it('is a hole where it is left and was not granted', async () => {
    await deploy(granting)
    const { audit } = await plant.provisioner.audit(silo)
    assert.deepEqual(
      audit?.findings.filter(({ name }) => name === 'CENTRAL_UNDECLARED').map(({ object }) => object),
      [user()],
    )
  })
})
