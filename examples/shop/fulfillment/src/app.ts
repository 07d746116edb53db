import Fastify, { type FastifyInstance } from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'
import { fulfill } from './fulfill.ts'
import { fulfillmentBody } from './fulfillment-body.ts'
import { readBody } from './read-body.ts'

/** The fulfillment service: ships what was ordered, once for each order. */
export async function createApp(): Promise<FastifyInstance> {
  const db = new Pool()
  const app = Fastify({ logger: { level: 'warn' } })
  await app.register(tenantry, { db })

  app.post('/fulfillments', async ({ body, headers }, reply) => {
    const order = readBody(fulfillmentBody, body)
    if (headers['idempotency-key'] !== order.order_id) {
      return reply.status(400).send({ msg: 'idempotency-key: give the id of the order' })
    }
    return { msg: 'Order fulfilled', fulfillment: await fulfill(db, order) }
  })

  return app
}
