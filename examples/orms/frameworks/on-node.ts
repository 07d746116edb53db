import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { tenantry } from 'tenantry/node'
import type { Library, NewBook } from '../library.ts'
import { type Framework, pageSize } from './framework.ts'

export const onNode: Framework = {
  name: 'node:http',
  async serve(library) {
    const service = tenantry((request, response) => answer(library, request, response))
    const origin = await service.listen({ host: '127.0.0.1', port: 0 })
    return { origin, close: () => service.close() }
  },
}

async function answer(library: Library, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://library')
  const [, collection, id] = pathname.split('/')
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const sendFound = (row: object | undefined) => send(row ? 200 : 404, row ?? {})
  switch (`${request.method} ${collection}${id ? '/:id' : ''}`) {
    case 'POST authors':
      return send(201, await library.addAuthor(((await json(request)) as { name: string }).name))
    case 'GET authors/:id':
      return sendFound(await library.loadAuthor(String(id)))
    case 'POST books':
      return send(201, await library.addBook((await json(request)) as NewBook))
    case 'PUT books':
      return send(200, await library.putBook((await json(request)) as NewBook))
    case 'GET books':
      return send(
        200,
        await library.listBooks({ size: pageSize, number: Number(searchParams.get('number')) }),
      )
    case 'GET books/:id':
      return sendFound(await library.findBook(String(id)))
    case 'POST publishers': {
      const { name, books } = (await json(request)) as { name: string; books: NewBook[] }
      return send(201, await library.publish(name, books))
    }
    default:
      return send(404, {})
  }
}
