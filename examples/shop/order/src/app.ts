import Fastify, { type FastifyInstance } from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'
import { fulfillOrder } from './fulfill-order.ts'
import { orderBody } from './order-body.ts'
import { findOrder, listOrders, placeOrder } from './orders.ts'
import { readBody } from './read-body.ts'
import { requireProducts } from './require-products.ts'

/** The order service: takes orders, and sees that each is fulfilled. */
export async function createApp(): Promise<FastifyInstance> {
  const db = new Pool()
  const app = Fastify({ logger: { level: 'warn' } })
  await app.register(tenantry, { db })

  app.post('/orders', async ({ body }) => {
    const wanted = readBody(orderBody, body)
    await requireProducts(wanted.products)
    const { order_id, name, description, products } = await placeOrder(db, wanted)
    return { msg: 'Order created', order: { order_id, name, description, products } }
  })

  app.get('/orders', async () => ({ msg: 'Orders found', orders: await listOrders(db) }))

  app.get<{ Params: { id: string } }>('/orders/:id', async ({ params: { id } }, reply) => {
    const order = await findOrder(db, id)
    if (!order) return reply.status(404).send({ msg: 'Order not found!', order_id: id })
    return { msg: 'Order found', order }
  })

  // Our own event: an order that was placed is driven on until fulfillment has it, whatever fails in between.
  app.onEvent('order.placed', (event, transaction) => fulfillOrder(transaction, event.data))

  return app
}
