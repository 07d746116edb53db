import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { requireContext } from 'tenantry'
import { startTestTenantry, type TestTenantry } from 'tenantry/testing'
import { signJob } from 'tenantry/work'
import { startTestPostgres, type TestPostgres } from '../../../tools/test-postgres.ts'
import type { ReportOrder, ReportQueue } from '../reports.ts'

const tenants = { 'tenant-a': 2, 'tenant-b': 5 }
const untilMs = 20_000

/** A queue under test, and what whoever reaches it could do past the service's code. */
export interface QueueUnderTest {
  readonly queue: ReportQueue
  /** Puts this into the queue as a job's data. */
  put(data: object): Promise<void>
  /** What the jobs hold that wait, or were done, as text. */
  readAll(): Promise<string>
  /** How many jobs have failed for good. */
  countFailed(): Promise<number>
  close(): Promise<void>
}

/** What holds for an ordinary worker of any queue, with two tenants on it. */
export function testReportQueue(
  name: string,
  open: (server: TestPostgres) => Promise<QueueUnderTest>,
  { skip = false }: { skip?: string | false } = {},
): void {
  describe(`a worker of ${name}`, { skip }, () => {
    let server: TestPostgres
    let tenantry: TestTenantry
    let under: QueueUnderTest
    let reports: typeof import('../reports.ts')
    /** What the worker does before it makes a report. */
    let beforeMaking: (order: ReportOrder, tenant: string) => Promise<void> = async () => undefined

    before(async () => {
      server = await startTestPostgres()
      tenantry = await startTestTenantry({
        postgres: `postgres://${server.user}:${server.password}@${server.host}:${server.port}/postgres`,
        service: 'reports',
        migrations: join(import.meta.dirname, '../migrations'),
      })
      reports = await import('../reports.ts')
      under = await open(server)
      for (const [tenant, notes] of Object.entries(tenants)) {
        await tenantry.asTenant(tenant, () =>
          reports.db.query(`insert into notes (text) select 'n' from generate_series(1, $1::int)`, [notes]),
        )
      }
      await under.queue.work(async (order) => {
        await beforeMaking(order, requireContext().tenant.id)
        await reports.makeReport(order)
      })
    })
    after(async () => {
      await under.queue.close()
      await under.close()
      await reports.db.end()
      await tenantry.close()
      await server.stop()
    })

    const order = (tenant: string, names: readonly string[]) =>
      tenantry.asTenant(tenant, async () => {
        for (const name of names) await under.queue.order({ name })
      })
    const made = (tenant: string, like: string) =>
      tenantry.asTenant(tenant, async () => {
        const text = 'select name, notes from reports where name like $1 order by name'
        return (await reports.db.query(text, [`${like}%`])).rows
      })
    const until = async (holds: () => Promise<boolean>, what: string) => {
      const deadlineMs = Date.now() + untilMs
      while (!(await holds())) {
        assert.ok(Date.now() < deadlineMs, `not in time: ${what}`)
        await sleep(25)
      }
    }
    const untilMade = (tenant: string, like: string, count: number) =>
      until(async () => (await made(tenant, like)).length === count, `${count} ${like} of ${tenant}`)

    it('makes each tenant’s reports of its own rows, several tenants’ at once', async () => {
      const names = Array.from({ length: 8 }, (_, at) => `many-${at}`)
      const running: string[] = []
      let together = false
      beforeMaking = async (_, tenant) => {
        running.push(tenant)
        // Until the other tenant's is there, or there is none to come.
        for (let waitedMs = 0; new Set(running).size < 2 && !together && waitedMs < 3_000; waitedMs += 10)
          await sleep(10)
        together ||= new Set(running).size === 2
        running.splice(running.indexOf(tenant), 1)
      }
      for (const name of names) for (const tenant of Object.keys(tenants)) await order(tenant, [name])
      for (const [tenant, notes] of Object.entries(tenants)) {
        await untilMade(tenant, 'many-', names.length)
        assert.deepEqual(
          await made(tenant, 'many-'),
          names.map((name) => ({ name, notes })),
        )
      }
      assert.ok(together, 'no two tenants’ reports were made at once')
    })

    it('tries a report again that failed, for the same tenant, and the others’ go on meanwhile', async () => {
      const tries: string[] = []
      beforeMaking = async ({ name }, tenant) => {
        if (name !== 'again-1') return
        tries.push(tenant)
        if (tries.length < 3) throw new Error('the printer is on fire')
      }
      await order('tenant-a', ['again-1'])
      await order('tenant-b', ['again-2', 'again-3'])
      await untilMade('tenant-b', 'again-', 2)
      await untilMade('tenant-a', 'again-', 1)
      assert.deepEqual(tries, ['tenant-a', 'tenant-a', 'tenant-a'])
      assert.deepEqual(
        (await made('tenant-b', 'again-')).map(({ name }) => name),
        ['again-2', 'again-3'],
      )
    })

    it('gives up a report that fails each time, and has written nothing', async () => {
      const failed = await under.countFailed()
      let tries = 0
      beforeMaking = async () => {
        tries++
        throw new Error('the printer is gone')
      }
      await order('tenant-a', ['never-1'])
      await until(async () => (await under.countFailed()) === failed + 1, 'a job failed for good')
      assert.equal(tries, reports.triesMax)
      assert.deepEqual(await made('tenant-a', 'never-'), [])
    })

    it('makes nothing of a job that was forged, replaced, or says its tenant in a plain field', async () => {
      const failed = await under.countFailed()
      const worked: string[] = []
      beforeMaking = async ({ name }) => void worked.push(name)
      const job = await tenantry.asTenant('tenant-a', () => signJob({ name: 'forged-0' }))
      const [payload = '', mac] = job.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
      const claim = (changes: object) =>
        Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url')
      const forged = [
        { job: `${claim({ tenant: 'tenant-b' })}.${mac}` },
        { job: `${claim({ data: { name: 'forged-1' } })}.${mac}` },
        { job: `${payload}.${mac?.replace(/./, (first) => (first === 'A' ? 'B' : 'A'))}` },
        { job: JSON.stringify({ name: 'forged-2', tenant: 'tenant-b' }) },
        { name: 'forged-3', tenant: 'tenant-b' },
      ]
      for (const data of forged) await under.put(data)
      await until(async () => (await under.countFailed()) === failed + forged.length, 'all were refused')
      // What was signed is good wherever it comes from, and for its own tenant alone.
      await under.put({ job, tenant: 'tenant-b' })
      await untilMade('tenant-a', 'forged-', 1)
      assert.deepEqual(await made('tenant-b', 'forged-'), [])
      assert.deepEqual(worked, ['forged-0'])
    })

    it('takes an order in a tenant’s scope alone', async () => {
      await assert.rejects(under.queue.order({ name: randomUUID() }), { code: 'CONTEXT_MISSING' })
    })

    it('carries no key, token or password through the queue', async () => {
      assert.doesNotMatch(await under.readAll(), /eyJhbGciOi|password|lease|"d":/)
    })
  })
}
