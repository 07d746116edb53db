import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeliveryTokens } from './delivery-tokens.ts'
import type { Delivery } from './event-bus.ts'

const deliveryOf = (id: number): Delivery => ({
  ...{ id: `${id}`, lane: `${id}`, tenant: 'a', service: 'invoice', type: 'order.placed' },
  ...{ event: `event ${id}`, attempts: 0, refusals: 0 },
})

/** A token service that refuses `event 13`, and what it was asked for. */
function createTokens() {
  const asked: string[] = []
  const mintForEvent = async (
    event: string,
    { audience, service }: { audience: string; service: string },
  ) => {
    asked.push(event)
    if (event === 'event 13') throw new Error('refused')
    return `${event} for ${service} at ${audience}, ${asked.length}`
  }
  return { tokens: createDeliveryTokens({ mintForEvent }, 'shop'), asked }
}

test('the token of a delivery is asked for ahead, and given to that delivery alone', async () => {
  const { tokens, asked } = createTokens()
  const deliveries = Array.from({ length: 20 }, (_, at) => deliveryOf(at))
  deliveries.forEach(tokens.prepare)
  assert.equal(asked.length, 20)
  assert.equal(await tokens.take(deliveryOf(99)), 'event 99 for invoice at shop, 21')
  assert.equal(await tokens.take(deliveries[9] ?? deliveryOf(0)), 'event 9 for invoice at shop, 10')
  await assert.rejects(tokens.take(deliveries[13] ?? deliveryOf(0)), { message: 'refused' })
  assert.equal(asked.length, 21)
})

test('a token that was prepared ten seconds ago is not used any more', async (t) => {
  const { tokens, asked } = createTokens()
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 })
  const delivery = deliveryOf(1)
  tokens.prepare(delivery)
  t.mock.timers.setTime(10_999)
  assert.equal(await tokens.take(delivery), 'event 1 for invoice at shop, 1')
  t.mock.timers.setTime(11_000)
  assert.equal(await tokens.take(delivery), 'event 1 for invoice at shop, 2')
  assert.equal(asked.length, 2)
})
