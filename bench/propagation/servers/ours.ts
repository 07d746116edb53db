// A Fastify service with our adapter: a request is admitted by its token, and its row names the tenant of its scope.
import Fastify from 'fastify'
import { requireContext } from 'tenantry'
import { tenantry } from 'tenantry/fastify'
import { insertNote } from './insert-note.ts'

const app = Fastify()
await app.register(tenantry)
app.post<{ Body: { text: string } }>('/notes', async (request, reply) =>
  reply.code(201).send(await insertNote(requireContext().tenant.id, request.body.text)),
)
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
