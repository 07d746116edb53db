// The same service with `@fastify/jwt`: a request is verified with the public key, and its row names the tenant by hand.
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import { insertNote } from './insert-note.ts'

const app = Fastify()
await app.register(jwt, {
  secret: { private: '', public: process.env.PUBLIC_KEY ?? '' },
  verify: { algorithms: ['ES256'], allowedAud: process.env.AUDIENCE ?? '' },
})
app.addHook('onRequest', (request) => request.jwtVerify())
app.post<{ Body: { text: string } }>('/notes', async (request, reply) => {
  const { tctx } = request.user as { tctx: { tenant: { id: string } } }
  return reply.code(201).send(await insertNote(tctx.tenant.id, request.body.text))
})
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
