import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { requireContext } from '@tenantry/context'
import { startTestPostgres, type TestPostgres } from '../../../tools/test-postgres.ts'
import { runJob, signJob } from './job.ts'
import type { Pool } from './pg.ts'
import { requireRuntime } from './runtime/require-runtime.ts'
import { startTestTenantry, type TestTenantry } from './testing.ts'
import { runCentral } from './work.ts'

describe('a job in a queue', () => {
  let server: TestPostgres
  let tenantry: TestTenantry
  let pool: Pool
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-job-'))

  before(async () => {
    server = await startTestPostgres()
    writeFileSync(join(folder, '001_marks.sql'), 'create table marks (id serial primary key, mark text);')
    tenantry = await startTestTenantry({
      postgres: `postgres://${server.user}:${server.password}@${server.host}:${server.port}/postgres`,
      service: 'marks',
      migrations: folder,
      grants: ['work', 'central'],
    })
    const { Pool: OwnPool } = await import('./pg.ts')
    pool = new OwnPool({ max: 3 })
  })
  after(async () => {
    await pool.end()
    await tenantry.close()
    rmSync(folder, { recursive: true })
    await server.stop()
  })

  const sign = (tenant: string, data: unknown = {}) => tenantry.asTenant(tenant, () => signJob(data))
  const whose = () => requireContext().tenant.id
  const refuses = (job: unknown, code = 'JOB_FORGED') =>
    assert.rejects(runJob(job as string, whose), { code })
  const read = (payload = '') => JSON.parse(Buffer.from(payload, 'base64url').toString())
  const write = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')

  /** By the deployment's own key, as nothing but the deployment can. */
  const signAnything = (claims: object) => {
    const key = Buffer.from(requireRuntime().document.jobKey ?? '', 'base64url')
    const payload = write(claims)
    return `${payload}.${createHmac('sha256', key).update(payload).digest('base64url')}`
  }

  it('runs for the tenant in whose scope it was signed, with the data that was signed, outside any scope', async () => {
    const data = { report: 7, of: ['a', null] }
    for (const tenant of ['tenant-a', 'tenant-b']) {
      const job = await sign(tenant, data)
      await runJob(job, async (got) => {
        assert.deepEqual(got, data)
        await pool.query('insert into marks (mark) values ($1)', [`of ${whose()}`])
      })
    }
    const marks = () => pool.query('select mark from marks').then(({ rows }) => rows)
    assert.deepEqual(await tenantry.asTenant('tenant-a', marks), [{ mark: 'of tenant-a' }])
  })

  it('runs for its own tenant, whoever’s scope it is taken from the queue in, and as often as it comes', async () => {
    const job = await sign('tenant-a')
    assert.deepEqual(
      await tenantry.asTenant('tenant-b', async () => [
        await runJob(job, whose),
        whose(),
        await runJob(job, whose),
      ]),
      ['tenant-a', 'tenant-b', 'tenant-a'],
    )
  })

  it('is refused when a byte of it was changed, wherever', async () => {
    const job = await sign('tenant-a', { amount: 1 })
    for (let at = 0; at < job.length; at++) {
      const other = job[at] === 'A' ? 'B' : 'A'
      await refuses(job.slice(0, at) + other + job.slice(at + 1))
    }
    assert.equal(await runJob(job, whose), 'tenant-a')
  })

  it('is refused with a tenant in the place of its own, by any signature but this deployment’s', async () => {
    const [payload, mac] = (await sign('tenant-a')).split('.')
    const forged = write({ ...read(payload), tenant: 'tenant-b' })
    const macBy = (key: Buffer) => createHmac('sha256', key).update(forged).digest('base64url')
    for (const signature of [
      mac,
      macBy(Buffer.alloc(0)),
      macBy(Buffer.alloc(32)),
      macBy(Buffer.from('another')),
    ]) {
      await refuses(`${forged}.${signature}`)
    }
    const [otherPayload] = (await sign('tenant-b')).split('.')
    await refuses(`${otherPayload}.${mac}`)
  })

  it('is refused as a plain field, an object, or anything else that is no signed text', async () => {
    for (const job of [
      { tenant: 'tenant-a' },
      '{"tenant":"tenant-a"}',
      'tenant-a',
      '',
      '.',
      undefined,
      null,
      7,
    ]) {
      await refuses(job)
    }
  })

  it('is refused where what was signed names no tenant', async () => {
    for (const claims of [
      { signedAtMs: Date.now() },
      { tenant: '*', signedAtMs: Date.now() },
      { tenant: 'tenant-a' },
    ]) {
      await refuses(signAnything(claims))
    }
  })

  it('is refused when it was signed too long ago, and the bound is the worker’s', async () => {
    const dayMs = 24 * 3_600_000
    const signedAgo = (agoMs: number) => signAnything({ tenant: 'tenant-a', signedAtMs: Date.now() - agoMs })
    assert.equal(await runJob(signedAgo(7 * dayMs - 60_000), whose), 'tenant-a')
    await refuses(signedAgo(7 * dayMs + 1), 'JOB_EXPIRED')
    assert.equal(await runJob(signedAgo(8 * dayMs), whose, { ageMaxMs: 9 * dayMs }), 'tenant-a')
    await assert.rejects(runJob(signedAgo(2 * dayMs), whose, { ageMaxMs: dayMs }), { code: 'JOB_EXPIRED' })
  })

  it('gives the queue what its work rejects with, to try again', async () => {
    const job = await sign('tenant-a')
    await assert.rejects(
      runJob(job, () => {
        throw new Error('of the work')
      }),
      /of the work/,
    )
    assert.equal(await runJob(job, whose), 'tenant-a')
  })

  it('is signed in a tenant’s scope alone', async () => {
    assert.throws(() => signJob({}), { code: 'CONTEXT_MISSING' })
    await runCentral('test', () => assert.throws(() => signJob({}), { code: 'CONTEXT_CENTRAL' }))
  })
})
