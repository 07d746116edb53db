// The same service with `@fastify/jwt`: each request is verified with the public key.
import jwt from '@fastify/jwt'
import Fastify from 'fastify'

const app = Fastify()
await app.register(jwt, {
  secret: { private: '', public: process.env.PUBLIC_KEY ?? '' },
  verify: { algorithms: ['ES256'], allowedAud: process.env.AUDIENCE ?? '' },
})
app.addHook('onRequest', (request) => request.jwtVerify())
app.get('/', (request) => {
  const { tctx } = request.user as { tctx: { tenant: { id: string } } }
  return { tenant: tctx.tenant.id }
})
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
