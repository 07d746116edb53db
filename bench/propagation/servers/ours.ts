// A Fastify service with our adapter and our pool: a request is admitted by its token, and its row is its tenant's by a lease.
import Fastify from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'

const pool = new Pool()
const app = Fastify()
await app.register(tenantry)
app.post<{ Body: { text: string } }>('/notes', async (request, reply) => {
  const { rows } = await pool.query('insert into notes (text) values ($1) returning note_id', [
    request.body.text,
  ])
  return reply.code(201).send(rows[0])
})
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
