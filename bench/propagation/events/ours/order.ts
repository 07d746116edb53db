// The service that emits: each order is one transaction, and its event is a row of the same one.
import Fastify from 'fastify'
import { emit } from 'tenantry'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'
import { type Orders, subjectOf } from '../orders.ts'

const db = new Pool()
const app = Fastify()
await app.register(tenantry)

app.post<{ Body: Pick<Orders, 'first' | 'count'> }>('/orders', async ({ body: { first, count } }) => {
  for (let number = first; number < first + count; number++) {
    await db.transaction(async (transaction) => {
      await transaction.query('insert into orders (number, total) values ($1, $2)', [number, number])
      await emit(transaction, 'order.placed', { number, total: number }, { subject: subjectOf(number) })
    })
  }
  return {}
})

await app.listen({ host: process.env.HOST ?? '127.0.0.1', port: Number(process.env.PORT) })
