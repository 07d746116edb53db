// The service that handles: one row for each order, in the transaction of the event's inbox row.
import Fastify from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'
import type { Order } from '../orders.ts'

const db = new Pool()
const app = Fastify()
await app.register(tenantry, { db })

app.onEvent('order.placed', async ({ data }, transaction) => {
  const { number, total } = data as Order
  await transaction.query('insert into invoices (number, total) values ($1, $2)', [number, total])
})

await app.listen({ host: process.env.HOST ?? '127.0.0.1', port: Number(process.env.PORT) })
