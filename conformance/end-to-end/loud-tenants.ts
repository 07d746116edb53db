import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveSnapshot } from '@tenantry/platform'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'

/** Who takes more than its share is named, while it does. */
export function describeLoudTenants(system: RunningSystem): void {
  describe('a tenant that floods', () => {
    let isFlooding = true
    const asking: Promise<void>[] = []
    const ask = async (tenant: string, everyMs: number) => {
      while (isFlooding) {
        await system.call(tenant, 'GET', '/products')
        await sleep(everyMs)
      }
    }
    const now = async () => JSON.parse(await system.tenantry('top', '--once', '--json')) as LiveSnapshot
    const loudNow = async () =>
      (await now()).loud.filter(({ what }) => what === 'requests').map(({ tenant }) => tenant)
    const onPage = async () => {
      const page = await (await system.operate('/metrics')).text()
      return page
        .split('\n')
        .filter((line) => line.startsWith('tenantry_tenant_loud_ratio{') && line.includes('"requests"'))
    }

    before(() => {
      for (let at = 0; at < 4; at++) asking.push(ask('tenant-a', 0))
      asking.push(ask('tenant-d', 200))
    })
    after(async () => {
      isFlooding = false
      await Promise.all(asking)
    })

    it('is named with its share of all requests, and nobody else is', async () => {
      await eventually(20_000, async () => (await loudNow()).includes('tenant-a'))
      const { loud, tenants } = await now()
      const [named, ...others] = loud.filter(({ what }) => what === 'requests')
      assert.deepEqual([named?.tenant, named?.fair, others], ['tenant-a', 0.5, []])
      assert.ok((named?.share ?? 0) > 0.75)
      assert.equal(tenants[0]?.id, 'tenant-a')
    })

    it('is named on the page of metrics, and in the terminal', async () => {
      const lines = await onPage()
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0] ?? '', /tenant_id="tenant-a".* 0\.\d+/)
      const text = await system.tenantry('top', '--once')
      assert.match(text, /^loud {2}tenant-a {2}\d+ % of requests \(fair: 50 %\)$/m)
      assert.match(text, /^tenant-a +basic +\d/m)
      assert.doesNotMatch(await system.tenantry('top', '--once', '--tenant', 'tenant-d'), /^tenant-a/m)
    })

    it('is no longer named some seconds after it stopped', async () => {
      isFlooding = false
      await Promise.all(asking)
      await eventually(20_000, async () => (await loudNow()).length === 0)
      assert.deepEqual(await onPage(), [])
      assert.doesNotMatch(await system.tenantry('top', '--once'), /^loud {2}tenant-a {2}\d+ % of requests/m)
    })
  })
}
