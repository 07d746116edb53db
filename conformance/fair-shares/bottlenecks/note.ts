// Keeps notes, quickly and slowly: a slow statement has a connection for 200 ms and costs no processor.
import Fastify from 'fastify'
import { emit } from 'tenantry'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'

const db = new Pool({ connectionTimeoutMillis: 5_000 })
const app = Fastify()
await app.register(tenantry)

app.get('/notes', async () => {
  const { rows } = await db.query('select note_id, text from notes limit 20')
  return rows
})

app.get('/notes/slow', async () => {
  await db.query('select pg_sleep(0.2)')
  return []
})

app.post<{ Body: { count: number } }>('/notes', async ({ body: { count } }) => {
  for (let number = 0; number < count; number++) {
    await db.transaction(async (transaction) => {
      const { rows } = await transaction.query('select clock_timestamp() as at')
      await emit(transaction, 'note.kept', { at: rows[0]?.at })
    })
  }
  return {}
})

await app.listen({ host: process.env.HOST ?? '127.0.0.1', port: Number(process.env.PORT) })
