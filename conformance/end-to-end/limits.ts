import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'

/** What one tenant may ask for is changed while everything runs. */
export function describeLimits(system: RunningSystem): void {
  describe('a tenant’s own limits', () => {
    const list = (tenant: string) => system.call(tenant, 'GET', '/products')
    const policyOf = async (tenant: string) => (await list(tenant)).headers.get('ratelimit-policy')

    it('hold within 5 s, are told in its answers, and are no other tenant’s', async () => {
      const set = await system.tenantry('limit', 'tenant-d', '--requests-per-second', '0.1', '--weight', '3')
      assert.match(set, /tenant-d: 0\.1 requests\/s, weight 3/)
      await eventually(5_000, async () => (await list('tenant-d')).status === 429)
      const { status, body, headers } = await list('tenant-d')
      assert.deepEqual([status, body.code], [429, 'LIMIT_EXCEEDED'])
      assert.ok(Number(headers.get('retry-after')) >= 1 && Number(headers.get('retry-after')) <= 10)
      assert.equal(headers.get('ratelimit-policy'), '"tenant-rate";q=1;w=10')
      for (let sent = 0; sent < 10; sent++) assert.equal((await list('tenant-a')).status, 200)
      assert.equal(await policyOf('tenant-a'), null)
    })

    it('are shown, and stand beside what is not limited', async () => {
      assert.match(await system.tenantry('tenant', 'show', 'tenant-d'), /limits +0\.1 requests\/s, weight 3/)
      assert.match(await system.tenantry('tenant', 'show', 'tenant-a'), /limits +as its tier says/)
      assert.match(await system.tenantry('tenant', 'list'), /tenant-d .* 0\.1 requests\/s, weight 3$/m)
    })

    it('are taken back within 5 s', async () => {
      assert.match(await system.tenantry('limit', 'tenant-d', '--clear'), /tenant-d: as its tier says/)
      await eventually(5_000, async () => (await policyOf('tenant-d')) === null)
      for (let sent = 0; sent < 10; sent++) assert.equal((await list('tenant-d')).status, 200)
      assert.doesNotMatch(await system.tenantry('tenant', 'list'), /limits|requests/)
    })

    it('are refused where they are none, and for a tenant that is not there', async () => {
      await assert.rejects(system.tenantry('limit', 'tenant-d'), /LIMIT_MISSING/)
      await assert.rejects(system.tenantry('limit', 'tenant-d', '--weight', '0'), /above 0/)
      await assert.rejects(system.tenantry('limit', 'tenant-d', '--concurrency', '1.5'), /BODY_INVALID/)
      await assert.rejects(system.tenantry('limit', 'tenant-x', '--weight', '2'), /TENANT_NOT_FOUND/)
    })
  })
}
