import Fastify from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'

const db = new Pool()
const app = Fastify()
await app.register(tenantry, { db })

app.post('/products', async ({ body: { name, price } }, reply) => {
  const { rows } = await db.query('insert into products (name, price) values ($1, $2) returning *', [
    name,
    price,
  ])
  return reply.status(201).send({ product: rows[0] })
})

app.get('/products', async () => {
  const { rows } = await db.query('select name, price from products order by name')
  return { products: rows }
})

await app.listen({ host: process.env.HOST, port: Number(process.env.PORT) })
