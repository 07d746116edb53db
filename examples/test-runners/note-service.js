// A small single-tenant service, as its tests find it.
import { tenantry } from 'tenantry/node'
import { Pool } from 'tenantry/pg'

export function createNoteService() {
  const db = new Pool()
  const service = tenantry(async (request, response) => {
    const answer = (status, body) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'POST') {
      const text = await readText(request)
      if (text === undefined) return answer(400, { code: 'NO_TEXT' })
      const { rows } = await db.query('insert into notes (text) values ($1) returning *', [text])
      return answer(201, rows[0])
    }
    const [, id] = /^\/notes\/([0-9a-f-]{36})$/.exec(request.url) ?? []
    if (id === undefined) return answer(200, { notes: (await db.query('select * from notes')).rows })
    const { rows } = await db.query('select * from notes where note_id = $1', [id])
    return rows[0] ? answer(200, rows[0]) : answer(404, { code: 'NO_NOTE' })
  })
  return {
    db,
    start: async () => ({
      origin: await service.listen({ host: '127.0.0.1', port: 0 }),
      stop: () => service.close(),
    }),
  }
}

/** PostgreSQL keeps no text with a zero in it. */
async function readText(request) {
  let body = ''
  for await (const chunk of request) body += chunk
  try {
    const { text } = JSON.parse(body)
    return typeof text === 'string' && !text.includes('\0') ? text : undefined
  } catch {
    return undefined
  }
}

const note = { type: 'object', required: ['text'], properties: { text: { type: 'string' } } }

export const openapi = {
  openapi: '3.1.0',
  info: { title: 'Notes', version: '1.0.0' },
  paths: {
    '/notes': { get: {}, post: { requestBody: { content: { 'application/json': { schema: note } } } } },
    '/notes/{noteId}': {
      get: {
        parameters: [
          { name: 'noteId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
        ],
      },
    },
  },
}
