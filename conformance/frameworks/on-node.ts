import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'
import { tenantry } from 'tenantry/node'
import type { Host } from './host.ts'
import { type NoteService, type StreamKind, tenantHere } from './note-service.ts'

/** Bare `node:http`. */
export const onNode: Host = {
  name: 'node',
  leavesOut: {
    'bad-json': '`node:http` parses no body, so it refuses none',
    'route-pattern': '`node:http` has no routes, so requests count under `none`',
  },
  async start(notes) {
    const service = tenantry((request, response) => answer(notes, request, response), { db: notes.db })
    if (notes.db) service.onEvent('note.wanted', (event, transaction) => notes.take(event, transaction))
    const origin = await service.listen({ host: '127.0.0.1', port: 0 })
    return { origin, server: service.server, close: () => service.close() }
  },
}

async function answer(notes: NoteService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (body: object) => response.end(JSON.stringify(body))
  const [, route, kind = ''] = request.url?.split('/') ?? []
  if (route === 'tenant') send(await notes.whoAsks())
  else if (route === 'held') send(await notes.hold())
  else if (route === 'notes') send(await notes.write(JSON.parse(await text(request)).text))
  else if (route === 'upload') send(await notes.readUpload(request))
  else if (route === 'stream') pipeline(notes.stream(kind as StreamKind), response, () => undefined)
  else if (route === 'fail') {
    response.setHeader('content-length', 3)
    notes.fail(kind)
  } else if (route === 'begun') {
    response.write('begun')
    notes.fail('unknown')
  } else if (route === 'written') response.write('written by ', () => response.end(tenantHere()))
  else response.writeHead(404).end('{}')
}
