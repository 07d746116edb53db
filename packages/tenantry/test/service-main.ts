/** A service as a process of its own: it answers `/held` never. */
import Fastify from 'fastify'
import { tenantry } from '../src/fastify.ts'

const app = Fastify()
await app.register(tenantry)
app.get('/held', () => {
  process.send?.({ type: 'held' })
  return new Promise(() => undefined)
})
const origin = await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ type: 'listening', origin })
