import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import pg from 'pg'
import { asTenant, createIsolatedDatabase, type IsolatedDatabase } from '../../test/isolated-database.ts'
import { restoreTenant, revokeTenant, setRevokedTenants, signLease } from '../index.ts'
import { markOf } from './lease-check.ts'

describe('revocation', () => {
  let database: IsolatedDatabase
  let client: pg.Client & { processID?: number }

  before(async () => {
    database = await createIsolatedDatabase([
      { name: '001.sql', sql: 'create table things (id uuid primary key default gen_random_uuid())' },
    ])
    client = new pg.Client(database.credentials)
    await client.connect()
  })

  after(async () => {
    await client.end()
    await database.remove()
  })

  beforeEach(() => setRevokedTenants(database.admin, []))

  const read = (tenant: string) => asTenant(tenant, () => database.pool().query('select * from things'))
  const hold = (tenant: string) =>
    client.query(`select set_config('tenantry.lease', $1, true)`, [
      signLease(database.tenantKey(tenant), client.processID ?? 0),
    ])

  it('makes leases void that are out already, and lets them be used again when it is taken back', async () => {
    await client.query('begin')
    await hold('a')
    await client.query('select * from things')
    await revokeTenant(database.admin, 'a')
    await assert.rejects(client.query('select * from things'), { code: 'TN004' })
    await client.query('rollback')
    await restoreTenant(database.admin, 'a')
    await read('a')
  })

  it('leaves a tenant alone that shares its hash with a revoked one', async () => {
    const { rows } = await database.admin.query<{ tenant: string }>(
      `select 't' || n as tenant from generate_series(1, 1000000) n
       where ${markOf(`'t' || n`)} = ${markOf(`'a'`)} limit 1`,
    )
    const twin = rows[0]?.tenant ?? ''
    await revokeTenant(database.admin, 'a')
    await assert.rejects(read('a'), { code: 'TENANT_SUSPENDED' })
    await read(twin)
    await revokeTenant(database.admin, twin)
    await restoreTenant(database.admin, 'a')
    await read('a')
    await assert.rejects(read(twin), { code: 'TENANT_SUSPENDED' })
  })

  it('reaches each of several tenants whose marks share a byte', async () => {
    const { rows } = await database.admin.query<{ tenant: string }>(
      `select 't' || n as tenant from generate_series(1, 1000000) n
       where (${markOf(`'t' || n`)}) / 8 = (${markOf(`'a'`)}) / 8 and ${markOf(`'t' || n`)} <> ${markOf(`'a'`)} limit 2`,
    )
    const tenants = ['a', ...rows.map(({ tenant }) => tenant)]
    assert.equal(tenants.length, 3)
    await setRevokedTenants(database.admin, tenants)
    for (const tenant of tenants) await assert.rejects(read(tenant), { code: 'TENANT_SUSPENDED' })
  })

  it('ends a transaction that cannot see it: the retry learns who is suspended', async () => {
    await client.query('begin isolation level repeatable read')
    await hold('a')
    await client.query('select * from things')
    await revokeTenant(database.admin, 'a')
    await assert.rejects(client.query('select * from things'), { code: '40001' })
    await client.query('rollback')
    await client.query('begin isolation level repeatable read')
    await hold('a')
    await assert.rejects(client.query('select * from things'), { code: 'TN004' })
    await client.query('rollback')
  })

  it('leaves a serializable transaction alone that began after it', async () => {
    await revokeTenant(database.admin, 'b')
    await client.query('begin isolation level serializable')
    await hold('a')
    await client.query('select * from things')
    await client.query('commit')
  })
})
