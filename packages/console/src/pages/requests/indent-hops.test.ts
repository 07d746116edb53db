import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { indentHops } from './indent-hops.ts'

const hop = (
  kind: 'gateway' | 'service' | 'emitted' | 'stored' | 'delivered',
  process: string,
  rest: object = {},
) => ({
  ...{ kind, process, request: 'r', caller: null, event: null },
  ...rest,
})
const placed = { id: 'e1', type: 'order.placed' }
const fulfilled = { id: 'e2', type: 'order.fulfilled' }

describe('a hop', () => {
  it('lies below the one that called, emitted or delivered it', () => {
    const hops = [
      hop('gateway', 'gateway'),
      hop('service', 'order.pool', { caller: 'gateway' }),
      hop('service', 'product.pool', { caller: 'order.pool' }),
      hop('emitted', 'order.pool', { event: placed }),
      hop('stored', 'relay', { event: placed }),
      hop('delivered', 'relay', { event: placed, request: 'e1' }),
      hop('service', 'order.pool', { caller: 'relay', event: placed, request: 'e1' }),
      hop('service', 'fulfillment.a', { caller: 'order.pool', event: placed, request: 'e1' }),
      hop('emitted', 'fulfillment.a', { event: fulfilled, request: 'e1' }),
      hop('delivered', 'relay', { event: fulfilled, request: 'e2' }),
    ]
    assert.deepEqual(indentHops(hops), [0, 1, 2, 2, 3, 3, 4, 5, 6, 7])
  })

  it('lies at the left where nobody knows who brought it about', () => {
    assert.deepEqual(
      indentHops([
        hop('service', 'order.pool', { caller: 'gateway' }),
        hop('delivered', 'relay', { event: placed }),
      ]),
      [0, 0],
    )
  })

  it('is not put below one of another request, though the caller is the same', () => {
    const hops = [
      hop('service', 'order.pool', { request: 'other' }),
      hop('service', 'product.pool', { caller: 'order.pool' }),
    ]
    assert.deepEqual(indentHops(hops), [0, 0])
  })
})
