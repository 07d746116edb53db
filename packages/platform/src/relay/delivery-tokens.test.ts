import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeliveryTokens } from './delivery-tokens.ts'
import type { Delivery } from './event-bus.ts'

const deliveryOf = (id: number): Delivery => ({
  ...{ id: `${id}`, lane: `${id}`, tenant: 'a', service: 'invoice', type: 'order.placed' },
  ...{ event: `event ${id}`, attempts: 0, refusals: 0 },
})

/** A token service that refuses `event 13`, and what each request asked for. */
function createTokens() {
  const requests: string[][] = []
  const tokens = createDeliveryTokens(
    {
      mintForEvents: async (deliveries, { audience }) => {
        requests.push(deliveries.map(({ signedEvent }) => signedEvent))
        return deliveries.map(({ signedEvent, service }) =>
          signedEvent === 'event 13'
            ? { status: 'rejected', reason: new Error('refused') }
            : {
                status: 'fulfilled',
                value: `${signedEvent} for ${service} at ${audience}, ${requests.length}`,
              },
        )
      },
    },
    'shop',
  )
  return { tokens, requests }
}

test('tokens of deliveries that wait are asked for together, and each is given to its own delivery', async () => {
  const { tokens, requests } = createTokens()
  const deliveries = Array.from({ length: 20 }, (_, at) => deliveryOf(at))
  deliveries.forEach(tokens.prepare)
  assert.equal(await tokens.take(deliveryOf(99)), 'event 99 for invoice at shop, 3')
  assert.deepEqual(
    requests.map((asked) => asked.length),
    [8, 8, 5],
  )
  assert.equal(await tokens.take(deliveries[9] ?? deliveryOf(0)), 'event 9 for invoice at shop, 2')
  await assert.rejects(tokens.take(deliveries[13] ?? deliveryOf(0)), { message: 'refused' })
  assert.equal(requests.length, 3)
})

test('a token that was prepared ten seconds ago is not used any more', async (t) => {
  const { tokens, requests } = createTokens()
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 })
  const delivery = deliveryOf(1)
  tokens.prepare(delivery)
  t.mock.timers.setTime(10_999)
  assert.equal(await tokens.take(delivery), 'event 1 for invoice at shop, 1')
  t.mock.timers.setTime(11_000)
  assert.equal(await tokens.take(delivery), 'event 1 for invoice at shop, 2')
  assert.equal(requests.length, 2)
})
