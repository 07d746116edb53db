// The same service without any authentication: whoever asks is believed.
import Fastify from 'fastify'

const app = Fastify()
app.get('/', (request) => ({ tenant: request.headers['x-tenant'] }))
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
