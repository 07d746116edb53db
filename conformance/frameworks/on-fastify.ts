import type { Readable } from 'node:stream'
import Fastify from 'fastify'
import { tenantry } from 'tenantry/fastify'
import type { Host } from './host.ts'
import { type StreamKind, tenantHere } from './note-service.ts'

/** Fastify 5. */
export const onFastify: Host = {
  name: 'fastify',
  leavesOut: {},
  async start(notes) {
    const app = Fastify()
    await app.register(tenantry, { db: notes.db })
    if (notes.db) app.onEvent('note.wanted', (event, transaction) => notes.take(event, transaction))
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

    app.get('/tenant', () => notes.whoAsks())
    app.get('/held', () => notes.hold())
    app.post<{ Body: { text: string } }>('/notes', ({ body }) => notes.write(body.text))
    app.post<{ Body: Readable }>('/upload', ({ body }) => notes.readUpload(body))
    app.get<{ Params: { kind: StreamKind } }>('/stream/:kind', ({ params }, reply) =>
      reply.send(notes.stream(params.kind)),
    )
    app.get<{ Params: { kind: string } }>('/fail/:kind', ({ params }) => notes.fail(params.kind))
    app.get('/begun', async (_request, reply) => {
      reply.raw.write('begun')
      notes.fail('unknown')
    })
    app.get('/written', (_request, reply) => {
      reply.hijack()
      reply.raw.write('written by ', () => reply.raw.end(tenantHere()))
    })
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    return { origin, server: app.server, close: () => app.close() }
  },
}
