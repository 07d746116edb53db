import { pipeline } from 'node:stream'
import express from 'express'
import { tenantry } from 'tenantry/express'
import type { Host } from './host.ts'
import { type StreamKind, tenantHere } from './note-service.ts'

/** Express 5, its routes in a mounted application. */
export const onExpress: Host = {
  name: 'express',
  leavesOut: {},
  async start(notes) {
    const app = express()
    const service = tenantry(app, { db: notes.db })
    if (notes.db) service.onEvent('note.wanted', (event, transaction) => notes.take(event, transaction))
    app.use(express.json())

    const mounted = express()
    mounted.get('/tenant', async (_request, response) => void response.json(await notes.whoAsks()))
    mounted.get('/held', async (_request, response) => void response.json(await notes.hold()))
    mounted.post(
      '/notes',
      async (request, response) => void response.json(await notes.write(request.body.text)),
    )
    mounted.post('/upload', async (request, response) => void response.json(await notes.readUpload(request)))
    mounted.get('/stream/:kind', ({ params }, response) => {
      pipeline(notes.stream(params.kind as StreamKind), response, () => undefined)
    })
    mounted.get('/fail/:kind', async ({ params }, response) => {
      response.set('content-length', '3')
      notes.fail(params.kind)
    })
    mounted.get('/begun', (_request, response) => {
      response.write('begun')
      notes.fail('unknown')
    })
    mounted.get('/written', (_request, response) => {
      response.write('written by ', () => response.end(tenantHere()))
    })
    app.use(mounted)
    const origin = await service.listen({ host: '127.0.0.1', port: 0 })
    return { origin, server: service.server, close: () => service.close() }
  },
}
