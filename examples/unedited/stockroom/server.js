const fastify = require('fastify')
const { Pool } = require('pg')

const db = new Pool({ host: 'localhost', database: 'stockroom', user: 'stockroom' })
const app = fastify()

app.get('/stock', async () => {
  const { rows } = await db.query('SELECT item, amount FROM stock ORDER BY item')
  return rows
})

app.put('/stock/:item', async (request, reply) => {
  const { item } = request.params
  const { amount } = request.body
  if (!Number.isInteger(amount) || amount < 0)
    return reply.code(400).send({ message: 'amount is a number of pieces' })
  await db.query(
    'INSERT INTO stock (item, amount) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET amount = excluded.amount',
    [item, amount],
  )
  return { item, amount }
})

app.addHook('onClose', () => db.end())

app.listen({ port: 4000 })
