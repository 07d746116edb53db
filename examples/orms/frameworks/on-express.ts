import express, { type Response } from 'express'
import { tenantry } from 'tenantry/express'
import { type Framework, pageSize } from './framework.ts'

export const onExpress: Framework = {
  name: 'Express',
  package: 'express',
  async serve(library) {
    const app = express()
    const service = tenantry(app)
    app.use(express.json())
    app.post('/authors', async ({ body }, response) => {
      response.status(201).json(await library.addAuthor(body.name))
    })
    app.get('/authors/:id', async ({ params }, response) => {
      answer(response, await library.loadAuthor(params.id))
    })
    app.post('/books', async ({ body }, response) => {
      response.status(201).json(await library.addBook(body))
    })
    app.put('/books', async ({ body }, response) => {
      response.json(await library.putBook(body))
    })
    app.get('/books', async ({ query }, response) => {
      response.json(await library.listBooks({ size: pageSize, number: Number(query.number) }))
    })
    app.get('/books/:id', async ({ params }, response) => {
      answer(response, await library.findBook(params.id))
    })
    app.post('/publishers', async ({ body }, response) => {
      response.status(201).json(await library.publish(body.name, body.books))
    })
    const origin = await service.listen({ host: '127.0.0.1', port: 0 })
    return { origin, close: () => service.close() }
  },
}

function answer(response: Response, found: object | undefined): void {
  if (found) response.json(found)
  else response.sendStatus(404)
}
