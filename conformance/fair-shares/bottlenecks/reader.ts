// Reads each note for 200 ms, as one that waits for somebody does, and keeps when that was done.
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'

const db = new Pool()
const app = Fastify()
await app.register(tenantry, { db })

app.onEvent('note.kept', async ({ data }, transaction) => {
  await sleep(200)
  await transaction.query('insert into readings (kept_at) values ($1)', [(data as { at: string }).at])
})

app.get('/readings', async () => {
  const { rows } = await db.query<{ ms: number }>(
    'select extract(epoch from read_at - kept_at)::float8 * 1000 as ms from readings',
  )
  return rows.map(({ ms }) => ms)
})

app.delete('/readings', async () => {
  await db.query('delete from readings')
  return {}
})

await app.listen({ host: process.env.HOST ?? '127.0.0.1', port: Number(process.env.PORT) })
