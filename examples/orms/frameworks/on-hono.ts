import { Hono } from 'hono'
import { tenantry } from 'tenantry/hono'
import { type Framework, pageSize } from './framework.ts'

export const onHono: Framework = {
  name: 'Hono',
  package: 'hono',
  async serve(library) {
    const app = new Hono()
    const service = tenantry(app)
    app.post('/authors', async (c) => {
      const { name } = await c.req.json()
      return c.json(await library.addAuthor(name), 201)
    })
    app.get('/authors/:id', async (c) => {
      const author = await library.loadAuthor(c.req.param('id'))
      return author ? c.json(author) : c.notFound()
    })
    app.post('/books', async (c) => c.json(await library.addBook(await c.req.json()), 201))
    app.put('/books', async (c) => c.json(await library.putBook(await c.req.json())))
    app.get('/books', async (c) => {
      const number = Number(c.req.query('number'))
      return c.json(await library.listBooks({ size: pageSize, number }))
    })
    app.get('/books/:id', async (c) => {
      const book = await library.findBook(c.req.param('id'))
      return book ? c.json(book) : c.notFound()
    })
    app.post('/publishers', async (c) => {
      const { name, books } = await c.req.json()
      return c.json(await library.publish(name, books), 201)
    })
    const origin = await service.listen({ host: '127.0.0.1', port: 0 })
    return { origin, close: () => service.close() }
  },
}
