import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { fulfillmentBody } from './fulfillment-body.ts'
import { readBody } from './read-body.ts'

const order = { order_id: randomUUID(), products: [randomUUID()] }

test('an order’s id and its products are needed', () => {
  assert.deepEqual(readBody(fulfillmentBody, order), order)
  for (const [change, message] of [
    [{ order_id: 'one' }, /^order_id: /],
    [{ order_id: undefined }, /^order_id: /],
    [{ products: [] }, /^products: /],
    [{ products: ['lamp'] }, /^products\[0\]: /],
  ] as const) {
    assert.throws(() => readBody(fulfillmentBody, { ...order, ...change }), { statusCode: 400, message })
  }
})
