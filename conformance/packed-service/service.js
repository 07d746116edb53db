import Fastify from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'

const db = new Pool()
const app = Fastify()
await app.register(tenantry, { db })

app.get('/products', async () => {
  const { rows } = await db.query('select name, price from products order by name')
  return { products: rows }
})

await app.listen({ host: process.env.HOST, port: Number(process.env.PORT) })
