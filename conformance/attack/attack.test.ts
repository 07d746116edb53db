import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import {
  type AttackFamilyName,
  type AttackReport,
  attackService,
  formatAttackReport,
  startTestTenantry,
  type TestTenantry,
} from 'tenantry/testing'
import { attackFamilies } from '../../packages/tenantry/src/testing/attack/attack-families.ts'
import { startTestPostgres, type TestPostgres } from '../../tools/test-postgres.ts'
import { type BookingsService, createBookingsService } from './bookings-service.ts'
import { type LeakName, leaks } from './leaks.ts'
import { bookingsOpenapi } from './openapi.ts'

/** Those in which the seed decides most. */
const bySeed = ['swapped-ids', 'poisoned-connections', 'interleavings'] as const

describe('the attacker of the leak kit', () => {
  let server: TestPostgres
  let tenantry: TestTenantry
  let service: BookingsService

  before(async () => {
    server = await startTestPostgres()
    const { host, port, user, password } = server
    tenantry = await startTestTenantry({
      postgres: `postgres://${user}:${password}@${host}:${port}/postgres`,
      service: 'booking',
      migrations: join(import.meta.dirname, 'migrations'),
    })
    service = createBookingsService({ host, port, user, password, database: await ownDatabase() })
  })
  after(async () => {
    await service.close()
    await tenantry.close()
    await server.stop()
  })

  async function ownDatabase(): Promise<string> {
    const admin = new pg.Client(server)
    await admin.connect()
    const { rows } = await admin.query<{ name: string }>(
      `select datname as name from pg_database where datname ~ '^tenantry_test_[0-9a-f]+_[0-9a-f]+$' order by oid desc`,
    )
    await admin.end()
    return rows[0]?.name ?? ''
  }

  const tokens = new Map<string, { token: string; madeAtMs: number }>()

  /** As clients do: one token for some seconds. */
  function tokenOf(tenant: string): string {
    const known = tokens.get(tenant)
    if (known && Date.now() - known.madeAtMs < 20_000) return known.token
    const token = tenantry.token(tenant)
    tokens.set(tenant, { token, madeAtMs: Date.now() })
    return token
  }

  function attack(
    switchedOn: readonly LeakName[],
    limits: { seed: number; requestsMax?: number; families?: readonly AttackFamilyName[] },
  ): Promise<AttackReport> {
    const { seed, families, ...others } = limits
    const all = Object.keys(attackFamilies) as AttackFamilyName[]
    return attackService({
      openapi: bookingsOpenapi,
      start: () => service.start(switchedOn),
      tenants: ['tenant-a', 'tenant-b'].map((id) => ({
        id,
        headers: () => ({ 'txn-token': tokenOf(id) }),
      })),
      seed,
      skip: families ? all.filter((family) => !families.includes(family)) : [],
      ...others,
    })
  }

  for (const { seed, ...limits } of [
    { seed: 1 },
    { seed: 2, families: bySeed },
    { seed: 3, families: bySeed },
  ]) {
    it(`finds nothing in a service that leaks nothing, with seed ${seed}`, async () => {
      const report = await attack([], { seed, ...limits })
      assert.deepEqual(report.leaks, [], formatAttackReport(report))
      assert.deepEqual(report.unreached, [])
    })
  }

  for (const [at, [name, { foundBy }]] of Object.entries(leaks).entries()) {
    it(`finds ${name}`, async () => {
      const attackOnce = (seed: number) => attack([name as LeakName], { seed, families: [foundBy] })
      const isFound = ({ leaks: found }: Awaited<ReturnType<typeof attack>>) =>
        found.some(({ family }) => family === foundBy)
      let report = await attackOnce(at)
      // Which of two requests comes between the other's steps is a matter of luck: users attack more than once, too.
      for (let more = 1; more < 4 && foundBy === 'interleavings' && !isFound(report); more++)
        report = await attackOnce(at + 100 * more)
      assert.ok(isFound(report), formatAttackReport(report))
      // A transaction token begins so.
      assert.doesNotMatch(formatAttackReport(report) + JSON.stringify(report), /eyJ/)
    })
  }
})
