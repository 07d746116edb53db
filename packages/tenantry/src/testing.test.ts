import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { after, before, describe, it } from 'node:test'
import { requireContext } from '@tenantry/context'
import pg from 'pg'
import { startTestPostgres, type TestPostgres } from '../../../tools/test-postgres.ts'
import type { Pool } from './pg.ts'
import { openTestDatabase } from './testing/test-database.ts'
import { startTestTenantry, type TestTenantry } from './testing.ts'
import { runCentral, runForTenant } from './work.ts'

describe('the kit for a service’s tests', () => {
  let server: TestPostgres
  let postgres: string
  let tenantry: TestTenantry
  let pool: Pool
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-testing-'))
  const options = () => ({ postgres, service: 'note', migrations: folder })

  before(async () => {
    server = await startTestPostgres()
    postgres = `postgres://${server.user}:${server.password}@${server.host}:${server.port}/postgres`
    writeFileSync(
      join(folder, '001_notes.sql'),
      'create table notes (id serial primary key, text text not null);',
    )
    tenantry = await startTestTenantry(options())
    const { Pool: OwnPool } = await import('./pg.ts')
    pool = new OwnPool()
  })
  after(async () => {
    await pool.end()
    await tenantry.close()
    await removeTemplates()
    rmSync(folder, { recursive: true })
    await server.stop()
  })

  async function removeTemplates(): Promise<void> {
    const admin = new pg.Client(postgres)
    await admin.connect()
    const { rows } = await admin.query<{ name: string }>(
      `select datname as name from pg_database where shobj_description(oid, 'pg_database') = 'ready'`,
    )
    for (const { name } of rows) await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }

  const texts = () =>
    pool.query<{ text: string }>('select text from notes').then(({ rows }) => rows.map(({ text }) => text))

  it('runs work in a tenant’s scope, and the database keeps tenants apart', async () => {
    for (const tenant of ['tenant-a', 'tenant-b']) {
      await tenantry.asTenant(tenant, () =>
        pool.query('insert into notes (text) values ($1)', [`of ${tenant}`]),
      )
    }
    assert.deepEqual(await tenantry.asTenant('tenant-a', texts), ['of tenant-a'])
    assert.deepEqual(await tenantry.asTenant('tenant-b', texts), ['of tenant-b'])
    await assert.rejects(texts(), { code: 'CONTEXT_MISSING' })
  })

  it('gives the context that a request would have, tier and role included', async () => {
    const user = { tier: 'premium', role: 'seller' }
    const context = await tenantry.asTenant('tenant-c', () => requireContext(), user)
    assert.deepEqual(context.tenant, { id: 'tenant-c', tier: 'premium' })
    assert.equal(context.user?.role, 'seller')
    await assert.rejects(
      tenantry.asTenant('Tenant C', () => undefined),
      { code: 'TENANT_ID_INVALID' },
    )
  })

  it('grants work, and no central work unless it is told to', async () => {
    await runForTenant('tenant-a', () => undefined)
    await assert.rejects(
      runCentral('usage', () => undefined),
      { code: 'EXCHANGE_REFUSED', help: /grants: \['central'\]/ },
    )
  })

  it('makes a process a deployment once', async () => {
    await assert.rejects(startTestTenantry(options()), { code: 'RUNTIME_PRESENT' })
  })

  it('copies what migrations made: another file’s database is there in a moment, and its own', async () => {
    const startedAt = performance.now()
    const others = await Promise.all([openTestDatabase(options()), openTestDatabase(options())])
    const tookMs = performance.now() - startedAt
    assert.equal(new Set(others.map(({ address }) => address.database)).size, 2)
    for (const { address, drop } of others) {
      const client = new pg.Client(address)
      await client.connect()
      await assert.rejects(client.query('insert into notes (text) values ($1)', ['x']), { code: 'TN001' })
      await client.end()
      await drop()
    }
    assert.ok(tookMs < 3_000, `${tookMs} ms`)
  })

  it('opens a scope in a moment', async () => {
    const scopes = 500
    const startedAt = performance.now()
    for (let scope = 0; scope < scopes; scope++) await tenantry.asTenant('tenant-a', () => undefined)
    const eachMs = (performance.now() - startedAt) / scopes
    assert.ok(eachMs < 3, `${eachMs} ms`)
  })

  it('says what is wrong with a server', async () => {
    await assert.rejects(openTestDatabase({ ...options(), postgres: 'postgres://nobody:x@127.0.0.1:1/x' }), {
      code: 'TESTING_POSTGRES',
    })
  })
})
