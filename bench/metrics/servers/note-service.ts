import Fastify from 'fastify'
import { count } from 'tenantry'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'

/** Listens as the service that both sides are: a note is a row of its tenant’s, by a lease, and is counted. */
export async function listen(): Promise<void> {
  const pool = new Pool()
  const app = Fastify()
  await app.register(tenantry)
  app.post<{ Body: { text: string } }>('/notes', async (request, reply) => {
    const { rows } = await pool.query('insert into notes (text) values ($1) returning note_id', [
      request.body.text,
    ])
    count('note.written')
    return reply.code(201).send(rows[0])
  })
  process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
}
