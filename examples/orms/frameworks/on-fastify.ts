import Fastify, { type FastifyReply } from 'fastify'
import { tenantry } from 'tenantry/fastify'
import type { NewBook } from '../library.ts'
import { type Framework, pageSize } from './framework.ts'

export const onFastify: Framework = {
  name: 'Fastify',
  package: 'fastify',
  async serve(library) {
    const app = Fastify()
    await app.register(tenantry)
    app.post<{ Body: { name: string } }>('/authors', async ({ body }, reply) => {
      reply.code(201)
      return library.addAuthor(body.name)
    })
    app.get<{ Params: { id: string } }>('/authors/:id', async ({ params }, reply) =>
      orNotFound(reply, await library.loadAuthor(params.id)),
    )
    app.post<{ Body: NewBook }>('/books', async ({ body }, reply) => {
      reply.code(201)
      return library.addBook(body)
    })
    app.put<{ Body: NewBook }>('/books', ({ body }) => library.putBook(body))
    app.get<{ Querystring: { number: string } }>('/books', ({ query }) =>
      library.listBooks({ size: pageSize, number: Number(query.number) }),
    )
    app.get<{ Params: { id: string } }>('/books/:id', async ({ params }, reply) =>
      orNotFound(reply, await library.findBook(params.id)),
    )
    app.post<{ Body: { name: string; books: NewBook[] } }>('/publishers', async ({ body }, reply) => {
      reply.code(201)
      return library.publish(body.name, body.books)
    })
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    return { origin, close: () => app.close() }
  },
}

function orNotFound(reply: FastifyReply, found: object | undefined): object {
  if (found) return found
  reply.callNotFound()
  return reply
}
