import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** How a shelf of notes behaves. */
export interface NoteShelfTraits {
  /** A note is shown to whoever has its number. */
  readonly anybodyReads?: boolean
  /** Notes are numbered for each tenant alone. */
  readonly countsEach?: boolean
  readonly readOnly?: boolean
  /** Notes have a clock, and are `new` until a job comes by. */
  readonly hasJobs?: boolean
  readonly waitMs?: number
  /** So many requests are answered, and the next ones are refused for their rate. */
  readonly requestsMax?: number
}

interface Note {
  readonly id: number
  readonly tenant: string
  readonly text: string
  state: 'new' | 'kept'
}

/** A service of some other team, in memory: its tenants are known by their keys. */
export class NoteShelf {
  /** What it was asked for, numbers and texts aside. */
  readonly seen: string[] = []
  readonly #traits: NoteShelfTraits
  readonly #notes: Note[] = []
  #server: Server | undefined
  #answered = 0

  constructor(traits: NoteShelfTraits = {}) {
    this.#traits = traits
  }

  get isOpen(): boolean {
    return this.#server?.listening ?? false
  }

  async start(): Promise<{ origin: string; stop: () => void }> {
    const server = createServer((request, response) => void this.#serve(request, response))
    this.#server = server
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      stop: () => {
        server.close()
        server.closeAllConnections()
      },
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    let body = ''
    for await (const chunk of request) body += chunk
    if (this.#traits.waitMs) await delay(this.#traits.waitMs)
    const { method, url = '' } = request
    const path = url.split('?', 1)[0] ?? ''
    if (path === '/openapi.json') return void answer(200, noteShelfOpenapi)
    this.seen.push(`${method} ${path} ${Object.keys(request.headers).sort()}`)
    if (++this.#answered > (this.#traits.requestsMax ?? Number.POSITIVE_INFINITY)) return void answer(429, {})
    const tenant = /^Bearer key-of-(red|blue)-0f1e2d3c$/.exec(request.headers.authorization ?? '')?.[1]
    if (tenant === undefined) return void answer(401, { code: 'WHO' })
    const own = this.#notes.filter((note) => note.tenant === tenant)
    const { hasJobs } = this.#traits
    const show = ({ id, text, state }: Note) => ({
      id,
      text,
      ...(hasJobs && { state, at: performance.now() }),
    })
    if (path === '/admin/notes' || (method === 'POST' && this.#traits.readOnly))
      return void answer(403, { code: 'NO' })
    if (path === '/notes' && method === 'GET') return void answer(200, { notes: own.map(show) })
    if (path === '/notes' && method === 'POST') return void this.#add(tenant, body, answer)
    const readable = this.#traits.anybodyReads ? this.#notes : own
    const note = readable.find(({ id }) => path === `/notes/${id}`)
    answer(note ? 200 : 404, note ? show(note) : { code: 'NONE' })
  }

  #add(tenant: string, body: string, answer: (status: number, body: unknown) => void): void {
    const before = this.#notes.filter((note) => !this.#traits.countsEach || note.tenant === tenant)
    const text = readText(body)
    if (text === undefined) {
      answer(400, { code: 'TEXT' })
      return
    }
    const note: Note = { id: before.length + 1, tenant, text, state: 'new' }
    setTimeout(() => {
      note.state = 'kept'
    }, 10).unref()
    this.#notes.push(note)
    answer(201, { id: note.id, text })
  }
}

const note = {
  required: true,
  content: { 'application/json': { schema: { properties: { text: { type: 'string' } } } } },
}
const noteId = { name: 'noteId', in: 'path', required: true, schema: { type: 'integer' } }

export const noteShelfOpenapi = {
  openapi: '3.0.3',
  paths: {
    '/notes': { get: {}, post: { requestBody: note } },
    '/notes/{noteId}': { get: { parameters: [noteId] } },
    '/admin/notes': { post: { requestBody: note } },
  },
}

function readText(body: string): string | undefined {
  try {
    return JSON.parse(body).text
  } catch {
    return undefined
  }
}
