import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import { Load } from './load.ts'
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

  describe('a tenant that is suspended under load', () => {
    const [tenant, neighbour] = ['tenant-e', 'tenant-b']
    let load: Load
    before(async () => {
      load = new Load(system)
      for (const one of [tenant, neighbour]) await load.begin(one, await system.product(one, '7'))
    })
    after(() => load.end())

    it('is served nothing 5 s after the command, by no service, and is told why', async () => {
      const askedAtMs = performance.now()
      await system.tenantry('tenant', 'suspend', tenant)
      await sleep(askedAtMs + 6_000 - performance.now())
      const last = load.answers(tenant).findLast(({ status }) => status < 300)
      assert.ok(last && last.atMs > askedAtMs, 'it was served until it was suspended')
      assert.ok(last.atMs - askedAtMs < 5_000, `served ${Math.round(last.atMs - askedAtMs)} ms later`)
      // What was under way may end with the error of a service whose call was refused; nothing that is sent later does.
      const since = load.answers(tenant).filter(({ sentAtMs }) => sentAtMs - askedAtMs > 5_000)
      assert.ok(since.length > 10)
      for (const { status, code } of since) assert.deepEqual([status, code], [403, 'TENANT_SUSPENDED'])
    })

    it('is served again within 5 s once it is activated, with its data', async () => {
      await system.tenantry('tenant', 'activate', tenant)
      const askedAtMs = performance.now()
      await eventually(5_000, async () =>
        load.answers(tenant).some(({ atMs, status }) => atMs > askedAtMs && status < 300),
      )
      const listed = await system.call(tenant, 'GET', '/products')
      assert.ok((listed.body.products as unknown[]).length > 0)
    })

    it('costs its neighbour not one request', async () => {
      await load.end()
      const failed = load.answers(neighbour).filter(({ status }) => status >= 300)
      assert.deepEqual(failed, [])
      assert.ok(load.answers(neighbour).length > 100)
    })
  })
}
