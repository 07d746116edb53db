// The same service without any authentication: whoever asks is believed.
import Fastify from 'fastify'
import { insertNote } from './insert-note.ts'

const app = Fastify()
app.post<{ Body: { text: string } }>('/notes', async (request, reply) =>
  reply.code(201).send(await insertNote(String(request.headers['x-tenant']), request.body.text)),
)
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
