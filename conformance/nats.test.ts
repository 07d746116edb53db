import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { EventLagAnswer } from '../packages/platform/src/index.ts'
import { natsMissing, startNats, type TestNats } from '../tools/start-nats.ts'
import { eventually } from './end-to-end/eventually.ts'
import type { RunningSystem } from './end-to-end/running-system.ts'
import { createShopOverNats } from './end-to-end/shop-over-nats.ts'

describe('the shop with its events in NATS', { skip: natsMissing }, () => {
  let nats: TestNats
  let system: RunningSystem
  let remove: () => Promise<void>
  before(async () => {
    nats = await startNats()
    const created = await createShopOverNats(nats, { replicas: 1, tenants: { 'tenant-a': 'basic' } })
    system = created.system
    remove = created.remove
    await system.start()
  })
  after(async () => {
    await remove?.()
    await nats?.stop()
  })

  it('invoices each order once', async () => {
    const order = await system.order('tenant-a', [await system.product('tenant-a', '2.25')])
    assert.equal((await system.invoice('tenant-a', order, 10_000)).total_price, '2.25')
    assert.equal((await system.invoices('tenant-a')).length, 1)
  })

  it('counts what waits while the relay cannot reach a server, and delivers it when it can', async () => {
    await nats.kill(0)
    const order = await system.order('tenant-a', [await system.product('tenant-a', '3')])
    await eventually(10_000, async () => {
      const { lag, unread } = (await (await system.operate('/events/lag')).json()) as EventLagAnswer
      return (
        unread.includes('NATS') &&
        lag.some(({ place, tenant }) => place === 'outbox' && tenant === 'tenant-a')
      )
    })
    await nats.restart(0)
    await system.invoice('tenant-a', order, 20_000)
    assert.match(await system.tenantry('events', 'list'), /no such event/)
  })

  it('leaves the credentials of NATS in no process’s environment', async () => {
    for (const [name, pid] of await system.processes()) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
      assert.ok(!environment.includes(nats.relay.password), name)
    }
  })
})
