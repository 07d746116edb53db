// The same service with our adapter and our pool: its row is its tenant’s by a lease, and the service names no tenant.
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
