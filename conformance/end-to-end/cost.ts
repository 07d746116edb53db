import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CostAnswer, UsageAnswer } from '@tenantry/platform'
import type { RunningSystem } from './running-system.ts'

/** The shop's prices, in millionths: [`tenantry.config.ts`](../../examples/shop/tenantry.config.ts). */
const hourly = { platform: 60_000, pool: 40_000, silo: 20_000 }
const perRequest = 0.4
const micro = (cost: number) => Math.round(cost * 1e6)

/** What each tenant costs, after real traffic. */
export function describeCost(system: RunningSystem): void {
  describe('what each tenant costs', () => {
    let answer: CostAnswer
    let createdAtMs: Map<string, number>
    let askedAtMs: number
    /** The hours of the answer in which a tenant was there. */
    const hoursOf = (tenant: string) =>
      (askedAtMs - Math.max(Date.parse(answer.from), createdAtMs.get(tenant) ?? Number.NaN)) / 3_600_000

    before(async () => {
      for (const tenant of ['tenant-a', 'tenant-b', 'tenant-c'])
        await system.invoice(tenant, await system.order(tenant, [await system.product(tenant, '1')]))
      // What was done a moment ago has been reported by then.
      await sleep(2_000)
      const { tenants } = (await (await system.operate('/tenants')).json()) as {
        tenants: { id: string; createdAt: string }[]
      }
      createdAtMs = new Map(tenants.map(({ id, createdAt }) => [id, Date.parse(createdAt)]))
      askedAtMs = Date.now()
      answer = (await (await system.operate('/cost')).json()) as CostAnswer
    })

    it('is together what is paid for, to the millionth', () => {
      const sum = answer.rows.reduce((whole, { cost }) => whole + micro(cost), 0)
      assert.equal(sum, micro(answer.total))
      for (const { cost, parts } of answer.rows)
        assert.equal(
          micro(cost),
          Object.values(parts).reduce((whole, part) => whole + micro(part), 0),
        )
    })

    it('is the whole of its own silos, and of pools a part of what they cost', () => {
      const hours = Math.max(...[...createdAtMs.keys()].map(hoursOf))
      // The control plane's look at the clock is a little later than this test's.
      const isPaid = (millionths: number, price: number, of: number) =>
        assert.ok(
          millionths >= price * of - 1 && millionths <= price * (of + 5 / 3_600),
          `${millionths} of ${of} h`,
        )
      const own = answer.rows.filter(({ tenant, placement }) => tenant === 'tenant-c' && placement === 'silo')
      assert.deepEqual(own.map(({ service }) => service).sort(), [
        'fulfillment',
        'invoice',
        'order',
        'product',
      ])
      for (const { parts } of own) isPaid(micro(parts.silo ?? 0), hourly.silo, hoursOf('tenant-c'))
      const sumOf = (deployment: string, part: string) =>
        answer.rows
          .filter((row) => row.deployment === deployment)
          .reduce((sum, { parts }) => sum + micro(parts[part] ?? 0), 0)
      for (const service of ['product', 'order', 'fulfillment', 'invoice'])
        isPaid(sumOf(`${service}.pool`, 'pool'), hourly.pool, hours)
      isPaid(sumOf('platform', 'platform'), hourly.platform, hours)
      assert.equal(answer.unallocated, 0)
    })

    it('has as many requests in it as were counted at the gateway', async () => {
      const { rows } = (await (await system.operate('/usage?by=total&service=gateway')).json()) as UsageAnswer
      for (const tenant of ['tenant-a', 'tenant-b', 'tenant-c']) {
        const requests = rows
          .filter((row) => row.tenant === tenant)
          .reduce((sum, { totals }) => sum + totals.requests, 0)
        const platform = answer.rows.find((row) => row.tenant === tenant && row.deployment === 'platform')
        assert.ok(requests > 0)
        assert.ok(Math.abs(micro(platform?.parts.millionRequests ?? 0) - perRequest * requests) <= 1)
      }
    })

    it('is told by tenant and by service in the terminal', async () => {
      const all = await system.tenantry('cost')
      assert.match(all, /^tenant-c +premium +\d+\.\d{6} +\d+ % .*order \d+ %/m)
      assert.match(all, /^total \d+\.\d{6} USD$/m)
      const one = await system.tenantry('cost', 'tenant-c')
      assert.match(one, /^order +order\.[0-9a-f]{8} +\d+\.\d{6} +silo \d+\.\d{6}/m)
      await assert.rejects(system.tenantry('cost', 'tenant-x'), /TENANT_NOT_FOUND/)
    })
  })
}
