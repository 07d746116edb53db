import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyStatus } from '../../packages/platform/src/index.ts'
import type { RunningSystem } from './running-system.ts'

/** The keys of leases are replaced while tenants of each tier are served. */
export function describeRotation(system: RunningSystem): void {
  const keys = async (...args: string[]): Promise<KeyStatus> =>
    JSON.parse(await system.tenantry('keys', ...args, '--json'))
  const signing = ({ keys: all }: KeyStatus) => all.find(({ state }) => state === 'signing')?.kid ?? 0

  describe('tenantry keys rotate', () => {
    it('puts a new key into every database and fails no request meanwhile', async () => {
      const before = signing(await keys())
      let rotated = false
      const asked = { 'tenant-a': 0, 'tenant-b': 0, 'tenant-c': 0 }
      const ask = async (tenant: keyof typeof asked) => {
        while (!rotated) {
          const { status, body } = await system.call(
            tenant,
            'GET',
            asked[tenant]++ % 2 ? '/invoices' : '/products',
          )
          assert.equal(status, 200, JSON.stringify(body))
        }
      }
      const tenants = Object.keys(asked) as (keyof typeof asked)[]
      for (const tenant of tenants) await system.token(tenant)
      const rotation = keys('rotate').finally(async () => {
        await sleep(500)
        rotated = true
      })
      const [status] = await Promise.all([rotation, ...tenants.map(ask)])
      assert.equal(signing(status), before + 1)
      for (const { database, kids } of status.databases)
        assert.deepEqual(kids, [before, before + 1], database)
      for (const tenant of tenants) assert.ok(asked[tenant] > 5, `${tenant}: ${asked[tenant]} requests`)
      await system.product('tenant-c', '1')
    })
  })
}
