import type { Queryable } from 'tenantry/pg'
import { z } from 'zod'

const placed = z.object({ order_id: z.guid(), products: z.array(z.guid()) })

/**
 * Hands a placed order to fulfillment. The order's id is the key that lets it be handed over more than once, and have
 * the effect of once.
 */
export async function fulfillOrder(transaction: Queryable, data: unknown): Promise<void> {
  const { order_id, products } = placed.parse(data)
  const answer = await fetch('http://fulfillment/fulfillments', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': order_id },
    body: JSON.stringify({ order_id, products }),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`fulfillment answered ${answer.status}`)
  await transaction.query(`update orders set status = 'fulfilled' where order_id = $1`, [order_id])
}
