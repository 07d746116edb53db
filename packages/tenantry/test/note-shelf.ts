import { randomUUID } from 'node:crypto'
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
  /** Every answer has a request's id, lists come in any order, and all tenants see the same shelves. */
  readonly isNoisy?: boolean
  readonly waitMs?: number
  /** Credentials are good for so many requests. */
  readonly credentialsLast?: number
  /** So many requests are answered, and the next ones are refused for their rate. */
  readonly requestsMax?: number
}

/** The same for everybody. */
const shelfId = randomUUID()

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
    const { hasJobs, isNoisy } = this.#traits
    const answer = (status: number, body: object) => {
      const noise = isNoisy && { requestId: randomUUID(), at: new Date() }
      const headers = { 'content-type': 'application/json', ...(isNoisy && { 'x-request-id': randomUUID() }) }
      response.writeHead(status, headers).end(JSON.stringify({ ...body, ...noise }))
    }
    let body = ''
    for await (const chunk of request) body += chunk
    if (this.#traits.waitMs) await delay(this.#traits.waitMs)
    const { method, url = '' } = request
    const path = url.split('?', 1)[0] ?? ''
    if (path === '/openapi.json') return void answer(200, noteShelfOpenapi)
    this.seen.push(`${method} ${path} ${Object.keys(request.headers).sort()}`)
    if (++this.#answered > (this.#traits.requestsMax ?? Number.POSITIVE_INFINITY)) return void answer(429, {})
    const tenant = /^Bearer key-of-(red|blue)-0f1e2d3c$/.exec(request.headers.authorization ?? '')?.[1]
    const { credentialsLast = Number.POSITIVE_INFINITY } = this.#traits
    if (tenant === undefined || this.#answered > credentialsLast) return void answer(401, { code: 'WHO' })
    const own = this.#notes.filter((note) => note.tenant === tenant)
    const show = ({ id, text, state }: Note) => ({
      id,
      text,
      ...(hasJobs && { state, seenAt: performance.now() }),
      ...(isNoisy && { shelfId }),
    })
    if (path === '/admin/notes' || (method === 'POST' && this.#traits.readOnly))
      return void answer(403, { code: 'NO' })
    const listed = isNoisy && this.#answered % 2 === 0 ? own.toReversed() : own
    if (path === '/notes' && method === 'GET') return void answer(200, { notes: listed.map(show) })
    if (path === '/notes' && method === 'POST') return void this.#add(tenant, body, answer)
    const readable = this.#traits.anybodyReads ? this.#notes : own
    const note = readable.find(({ id }) => path === `/notes/${id}`)
    answer(note ? 200 : 404, note ? show(note) : { code: 'NONE', message: `there is nothing at ${path}` })
  }

  #add(tenant: string, body: string, answer: (status: number, body: object) => void): void {
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
    answer(201, { id: note.id, text, ...(this.#traits.isNoisy && { shelfId }) })
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
