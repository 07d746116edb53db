import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'
import { describeShop } from './shop.ts'

/** Tenants come, stop and go on while the system runs. */
export function describeLifecycle(system: RunningSystem): void {
  for (const [tier, own] of [
    ['basic', 0],
    ['advanced', 2],
    ['premium', 4],
  ] as const) {
    describe(`a ${tier} tenant onboarded into the running system`, () => {
      const tenant = `new-${tier}`
      it(`has ${own} services of its own, and its users can sign in`, async () => {
        const before = (await system.processes()).size
        await system.tenantry('tenant', 'onboard', tenant, '--tier', tier)
        assert.equal((await system.processes()).size, before + own)
        const listed = JSON.parse(await system.tenantry('tenant', 'list', '--json')) as {
          id: string
          status: string
        }[]
        assert.equal(listed.find(({ id }) => id === tenant)?.status, 'active')
        assert.match(await system.token(tenant, 'buyer'), /^ey/)
      })
      describeShop(system, tenant)
    })
  }

  describe('onboarding', () => {
    it('refuses an id that is taken, no slug, or of an unknown tier', async () => {
      await assert.rejects(
        system.tenantry('tenant', 'onboard', 'tenant-a', '--tier', 'basic'),
        /TENANT_EXISTS/,
      )
      await assert.rejects(
        system.tenantry('tenant', 'onboard', 'Tenant_A', '--tier', 'basic'),
        /TENANT_ID_INVALID/,
      )
      await assert.rejects(system.tenantry('tenant', 'onboard', 'tenant-x', '--tier', 'gold'), /TIER_UNKNOWN/)
      await assert.rejects(system.tenantry('tenant', 'show', 'tenant-x'), /TENANT_NOT_FOUND/)
    })
  })

  describe('a suspended tenant', () => {
    it('is refused within 5 s and served again once activated, with its data', async () => {
      const tenant = 'tenant-e'
      const product = await system.product(tenant, '7')
      await system.tenantry('tenant', 'suspend', tenant)
      await eventually(5_000, async () => (await system.call(tenant, 'GET', '/products')).status === 403)
      const refused = await system.call(tenant, 'GET', '/products')
      assert.equal(refused.body.code, 'TENANT_SUSPENDED')
      assert.equal((await system.call('tenant-b', 'GET', '/products')).status, 200)
      await system.tenantry('tenant', 'activate', tenant)
      await eventually(
        5_000,
        async () => (await system.call(tenant, 'GET', `/products/${product}`)).status === 200,
      )
    })
  })
}
