import { count, emit } from 'tenantry'
import type { Pool } from 'tenantry/pg'
import type { OrderToFulfill } from './fulfillment-body.ts'

/** One fulfillment, of one order. */
export interface Fulfillment {
  fulfillment_id: string
  order_id: string
}

/** Fulfills an order; asked again for the same order, it gives the same answer and does nothing more. */
export async function fulfill(db: Pool, { order_id, products }: OrderToFulfill): Promise<Fulfillment> {
  return db.transaction(async (transaction) => {
    const inserted = await transaction.query<Fulfillment>(
      `insert into fulfillments (order_id, products) values ($1, $2)
       on conflict do nothing returning fulfillment_id, order_id`,
      [order_id, products],
    )
    const [fulfillment] = inserted.rows
    if (fulfillment) {
      await emit(transaction, 'order.fulfilled', { order_id, products }, { subject: order_id })
      count('order.fulfilled')
      return fulfillment
    }
    const { rows } = await transaction.query<Fulfillment>(
      'select fulfillment_id, order_id from fulfillments where order_id = $1',
      [order_id],
    )
    const [known] = rows
    if (!known) throw new Error(`order ${order_id} is neither new nor known`)
    return known
  })
}
