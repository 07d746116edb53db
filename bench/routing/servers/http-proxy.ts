// `@fastify/http-proxy` as its documentation has it: it forwards, and does nothing else.
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'

const app = Fastify()
await app.register(httpProxy, { upstream: process.env.UPSTREAM ?? '', undici: { connections: 64 } })
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
