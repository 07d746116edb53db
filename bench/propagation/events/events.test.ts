import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { EventSystem } from './event-system.ts'
import { measureDelays } from './measure-delay.ts'
import { measureRates } from './measure-rate.ts'
import { OrderNumbers } from './order-numbers.ts'
import { tenants } from './orders.ts'
import { untilInvoiced } from './placed-orders.ts'

// The peers are installed by `npm run bench` alone: this is our side, on the whole system.
describe('the bench of events', () => {
  const numbers = new OrderNumbers()
  let ours: EventSystem
  before(async () => {
    ours = await EventSystem.launch()
  })
  after(() => ours?.remove())

  it('measures how long an event takes, from one commit to the other', async () => {
    const delay = (await measureDelays([ours], { roundMs: 1, numbers })).get(ours)
    assert.ok(delay && delay.p50 > 0 && delay.p50 <= delay.p95, JSON.stringify(delay))
  })

  it('measures how many are handled while all tenants emit', async () => {
    const [rates] = await measureRates([ours], { ordersOfTenant: 3, numbers, rounds: 1 })
    assert.ok(Number(rates?.get(ours)) > 0)
  })

  it('stops at an order that has more than one invoice', async () => {
    const first = numbers.take(1)
    await ours.place({ tenants: tenants.slice(0, 2), first, count: 1 })
    await untilInvoiced(ours, first, 2)
    await assert.rejects(untilInvoiced(ours, first, 1), /`ours` has 2 invoices of 1 orders/)
  })
})
