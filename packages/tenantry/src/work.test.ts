import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readContext, requireContext } from '@tenantry/context'
import { startTestPostgres, type TestPostgres } from '../../../tools/test-postgres.ts'
import { count, emit } from './index.ts'
import type { Pool } from './pg.ts'
import { startTestTenantry, type TestTenantry } from './testing.ts'
import { forEachTenant, runCentral, runForTenant, type WorkProgress } from './work.ts'

const tenants = ['tenant-a', 'tenant-b', 'tenant-c', 'tenant-d', 'tenant-e']

describe('work that no request began', () => {
  let server: TestPostgres
  let tenantry: TestTenantry
  let pool: Pool
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-work-'))

  before(async () => {
    server = await startTestPostgres()
    writeFileSync(join(folder, '001_marks.sql'), 'create table marks (id serial primary key, tenant text);')
    tenantry = await startTestTenantry({
      grants: ['work', 'central'],
      postgres: `postgres://${server.user}:${server.password}@${server.host}:${server.port}/postgres`,
      service: 'marks',
      migrations: folder,
    })
    const { Pool: OwnPool } = await import('./pg.ts')
    pool = new OwnPool({ max: 3 })
    for (const tenant of tenants) tenantry.token(tenant)
  })
  after(async () => {
    await pool.end()
    await tenantry.close()
    rmSync(folder, { recursive: true })
    await server.stop()
  })

  it('runs in a scope of the tenant, gives back what it returns, and leaves no scope behind', async () => {
    const rows = await runForTenant('tenant-a', async () => {
      await pool.query(`insert into marks (tenant) values ('tenant-a')`)
      return (await pool.query('select tenant from marks')).rows
    })
    assert.deepEqual(rows, [{ tenant: 'tenant-a' }])
    assert.deepEqual(
      await runForTenant('tenant-b', async () => (await pool.query('select * from marks')).rows),
      [],
    )
    assert.equal(readContext(), undefined)
    await assert.rejects(
      runForTenant('Tenant A', () => 1),
      { code: 'TENANT_ID_INVALID' },
    )
    await assert.rejects(
      runForTenant('tenant-a', () => {
        throw new Error('of the work')
      }),
      /of the work/,
    )
  })

  it('is done for each tenant in its own scope, so many at once, and told of', async () => {
    const progress: WorkProgress[] = []
    let running = 0
    let most = 0
    const outcome = await forEachTenant(
      async (tenant) => {
        most = Math.max(most, ++running)
        assert.equal(requireContext().tenant.id, tenant)
        await pool.query('insert into marks (tenant) values ($1)', [tenant])
        await sleep(5)
        running--
      },
      { concurrency: 2, onProgress: (step) => progress.push(step) },
    )
    assert.deepEqual(outcome, { done: tenants.length, failed: [] })
    assert.equal(most, 2)
    assert.deepEqual(progress.map(({ tenant }) => tenant).sort(), tenants)
    assert.deepEqual(
      progress.map(({ done, total }) => [done, total]),
      tenants.map((_, at) => [at + 1, tenants.length]),
    )
    const { rows } = await runForTenant('tenant-e', () => pool.query('select tenant from marks'))
    assert.deepEqual(rows, [{ tenant: 'tenant-e' }])
  })

  it('goes on for the others where it fails for one, and says for whom', async () => {
    const failure = new Error('only here')
    const { done, failed } = await forEachTenant((tenant) => {
      if (tenant === 'tenant-c') throw failure
    })
    assert.equal(done, tenants.length - 1)
    assert.deepEqual(failed, [{ tenant: 'tenant-c', error: failure }])
  })

  it('reads every tenant’s rows as central work, writes none, and is over when it is', async () => {
    for (const tenant of ['tenant-a', 'tenant-b']) {
      await runForTenant(tenant, () => pool.query('insert into marks (tenant) values ($1)', [tenant]))
    }
    const count = 'select count(distinct tenantry_tenant)::int as tenants from marks'
    let late = () => Promise.resolve<unknown>(undefined)
    const tenants = await runCentral('usage', async () => {
      late = AsyncLocalStorage.bind(() => pool.query(count))
      await assert.rejects(pool.query('delete from marks'), { code: '25006' })
      assert.deepEqual(await runForTenant('tenant-a', () => pool.query(count).then(({ rows }) => rows)), [
        { tenants: 1 },
      ])
      return (await pool.query(count)).rows[0].tenants
    })
    assert.ok(tenants >= 2, `${tenants}`)
    await assert.rejects(late(), { code: 'CONTEXT_CLOSED' })
    await assert.rejects(pool.query(count), { code: 'CONTEXT_MISSING' })
  })

  it('has no tenant as central work: events, meters and the context are refused by name', async () => {
    const code = 'CONTEXT_CENTRAL'
    await runCentral('usage', async () => {
      assert.throws(() => requireContext(), { code })
      assert.throws(() => count('reports'), { code })
      await assert.rejects(
        pool.transaction((transaction) => emit(transaction, 'report.made', {})),
        { code },
      )
    })
  })

  it('needs a reason for central work, and gives back what it rejects with', async () => {
    for (const reason of ['', 'two\nlines']) {
      await assert.rejects(
        runCentral(reason, () => 1),
        { code: 'TOKEN_REQUEST_INVALID' },
      )
    }
    await assert.rejects(
      runCentral('usage', () => {
        throw new Error('of the work')
      }),
      /of the work/,
    )
  })
})
