// A Fastify service with our adapter: each request is admitted by its token, and runs in the scope of its tenant.
import Fastify from 'fastify'
import { requireContext } from 'tenantry'
import { tenantry } from 'tenantry/fastify'

const app = Fastify()
await app.register(tenantry)
app.get('/', () => ({ tenant: requireContext().tenant.id }))
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
