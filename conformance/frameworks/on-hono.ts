import { Readable } from 'node:stream'
import type { ReadableStream as NodeWebStream } from 'node:stream/web'
import { Hono } from 'hono'
import { contextStorage, getContext } from 'hono/context-storage'
import { validator } from 'hono/validator'
import { tenantry } from 'tenantry/hono'
import type { Host } from './host.ts'
import { type StreamKind, tenantHere } from './note-service.ts'

/** Hono 4 on its server for Node, with its own context storage, its routes in a mounted application. */
export const onHono: Host = {
  name: 'hono',
  leavesOut: {
    'begun-answer': 'a handler of Hono gives its answer as it ends, so none fails after it',
    'write-callback': 'Hono answers with a `Response`, whose pieces nobody acknowledges',
  },
  async start(notes) {
    const app = new Hono<{ Variables: { tenant: string } }>()
    const service = tenantry(app, { db: notes.db })
    if (notes.db) service.onEvent('note.wanted', (event, transaction) => notes.take(event, transaction))
    app.use(contextStorage(), async (c, next) => {
      c.set('tenant', tenantHere())
      await next()
    })

    const mounted = new Hono()
    mounted.get('/tenant', async (c) => {
      const { tenants } = await notes.whoAsks()
      return c.json({ tenants: [...tenants, getContext<{ Variables: { tenant: string } }>().var.tenant] })
    })
    mounted.get('/held', async (c) => c.json(await notes.hold()))
    mounted.post(
      '/notes',
      validator('json', (body: { text: string }) => body),
      async (c) => c.json(await notes.write(c.req.valid('json').text)),
    )
    mounted.post('/upload', async (c) =>
      c.json(await notes.readUpload(Readable.fromWeb(c.req.raw.body as NodeWebStream))),
    )
    mounted.get('/stream/:kind', (c) => c.body(notes.webStream(c.req.param('kind') as StreamKind)))
    mounted.get('/fail/:kind', async (c) => notes.fail(c.req.param('kind')))
    app.route('/', mounted)
    const origin = await service.listen({ host: '127.0.0.1', port: 0 })
    return { origin, server: service.server, close: () => service.close() }
  },
}
