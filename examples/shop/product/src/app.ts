import Fastify, { type FastifyInstance } from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'
import { productBody } from './product-body.ts'
import { createProduct, findProduct, listProducts } from './products.ts'
import { readBody } from './read-body.ts'

/** The product service: what the shop sells, and for how much. */
export async function createApp(): Promise<FastifyInstance> {
  const db = new Pool()
  const app = Fastify({ logger: { level: 'warn' } })
  await app.register(tenantry, { db })

  app.post('/products', async ({ body }, reply) => {
    const { product_id, name, description, price } = await createProduct(db, readBody(productBody, body))
    return reply
      .status(201)
      .send({ msg: 'Product created', product: { product_id, name, description, price } })
  })

  app.get('/products', async () => ({ msg: 'Products found', products: await listProducts(db) }))

  app.get<{ Params: { id: string } }>('/products/:id', async ({ params: { id } }, reply) => {
    const product = await findProduct(db, id)
    if (!product) return reply.status(404).send({ msg: 'Product not found!', product_id: id })
    return { msg: 'Product found', product }
  })

  return app
}
