import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'

const recoveryMaxMs = 15_000

/** Killed processes come back, and no acknowledged order is left without exactly one invoice. */
export function describeCrashes(system: RunningSystem): void {
  for (const victim of [
    'invoice.pool',
    'fulfillment.pool',
    'order.pool',
    'relay',
    'control-plane',
    'token-service',
    'postgres',
  ]) {
    describe(`a killed ${victim}`, () => {
      it('comes back, and every acknowledged order has exactly one invoice', async () => {
        const product = await system.product('tenant-a', '2.25')
        const orders: string[] = []
        let killed = 0
        for (let placed = 0; placed < 20; placed++) {
          if (placed === 8) killed = await kill(system, victim)
          const { status, body } = await system.call('tenant-a', 'POST', '/orders', {
            name: 'x',
            products: [product],
          })
          if (status === 200) orders.push((body.order as { order_id: string }).order_id)
          else await sleep(200)
        }
        assert.ok(orders.length >= 8)
        // A PostgreSQL that recovers on a busy machine may take longer than the orders did.
        const isServed = async () => (await system.call('tenant-a', 'GET', '/invoices')).status === 200
        await eventually(recoveryMaxMs, isServed)
        for (const order of orders) {
          const invoice = await system.invoice('tenant-a', order, recoveryMaxMs)
          assert.equal(invoice.total_price, '2.25')
        }
        const counts = new Map<string, number>()
        for (const { order_id } of await system.invoices('tenant-a'))
          counts.set(order_id, (counts.get(order_id) ?? 0) + 1)
        assert.deepEqual(
          orders.map((order) => counts.get(order)),
          orders.map(() => 1),
        )
        assert.notEqual((await system.processes()).get(victim), killed)
      })
    })
  }
}

async function kill(system: RunningSystem, victim: string): Promise<number> {
  const pid = (await system.processes()).get(victim) ?? assert.fail(`no process ${victim}`)
  process.kill(pid, 'SIGKILL')
  return pid
}
