import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { readContext } from 'tenantry'
import { tenantry } from 'tenantry/node'
import { Pool } from 'tenantry/pg'
import { type Call, createHandlers, etagOf, type Handler, type Reply } from './handlers.ts'
import { type LeakName, leaks } from './leaks.ts'

/** A service of a team that knows what it does, and of one that does not: each leak is switched on by its name. */
export interface BookingsService {
  start(switchedOn: readonly LeakName[]): Promise<{ origin: string; stop: () => Promise<void> }>
  close(): Promise<void>
}

/** `admin` is the address of the service's own database for a role that row-level security does not hold. */
export function createBookingsService(admin: pg.PoolConfig): BookingsService {
  const db = new Pool()
  const privileged = new pg.Pool({ ...admin, max: 4, options: '-c search_path=booking' })
  const honest = createHandlers(db)
  // One service for the process; what it does is set at each start.
  let handlers: Record<string, Handler> = honest
  const inScope = tenantry(async (request, response) => {
    const route = findRoute(request, handlers)
    await answer(request, response, route, readContext()?.tenant.id)
  })
  return {
    async start(switchedOn) {
      await privileged.query('truncate venues, bookings, exports')
      const parts = switchedOn.map((name) => leaks[name].leak({ privileged, honest }))
      handlers = Object.assign({}, honest, ...parts.map(({ inside = {} }) => inside))
      const outside: Record<string, Handler> = Object.assign({}, ...parts.map(({ outside = {} }) => outside))
      // Beside the adapter, as a route that somebody has mounted before it.
      const server = createServer((request, response) => {
        const route = findRoute(request, outside)
        if (route) void answer(request, response, route, undefined)
        else inScope.server.emit('request', request, response)
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return {
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        async stop() {
          server.closeAllConnections()
          server.close()
          await once(server, 'close')
        },
      }
    },
    async close() {
      await db.end()
      await privileged.end()
    },
  }
}

interface Route {
  readonly handler: Handler
  readonly params: Record<string, string>
}

function findRoute(
  { method, url = '' }: IncomingMessage,
  handlers: Record<string, Handler>,
): Route | undefined {
  const path = url.split('?', 1)[0] ?? ''
  for (const [name, handler] of Object.entries(handlers)) {
    const [verb, pattern = ''] = name.split(' ')
    if (verb !== (method === 'HEAD' ? 'GET' : method)) continue
    const expression = pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')
    const match = new RegExp(`^${expression}$`).exec(path)
    if (match) return { handler, params: mapValues(match.groups ?? {}, decode) }
  }
  return undefined
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route | undefined,
  tenant: string | undefined,
): Promise<void> {
  const {
    status,
    body,
    headers = {},
  } = route ? await handle(request, route, tenant) : { status: 404, body: { code: 'NO_ROUTE' } }
  const etag = body === undefined || status !== 200 ? {} : { etag: etagOf(body) }
  const isSame = etag.etag !== undefined && request.headers['if-none-match'] === etag.etag
  response.writeHead(isSame ? 304 : status, { 'content-type': 'application/json', ...etag, ...headers })
  response.end(isSame || body === undefined || request.method === 'HEAD' ? undefined : JSON.stringify(body))
}

async function handle(
  request: IncomingMessage,
  { handler, params }: Route,
  tenant: string | undefined,
): Promise<Reply> {
  try {
    const query = Object.fromEntries(new URL(request.url ?? '', 'http://bookings').searchParams)
    const headers = mapValues(request.headers as Record<string, string>, String)
    const call: Call = { tenant, params, query, headers, body: await readBody(request) }
    return await handler(call)
  } catch (error) {
    return refusal(error as { code?: string; message: string })
  }
}

/** The caller's mistakes, by what PostgreSQL says of them. */
function refusal({ code = '', message }: { code?: string; message: string }): Reply {
  if (code === '23505') return { status: 409, body: { code: 'NAME_TAKEN' } }
  if (code === 'LEAKY') return { status: 400, body: { code, message } }
  if (/^(22|23)/.test(code) || code === 'BAD_BODY') return { status: 400, body: { code: 'BAD_REQUEST' } }
  return { status: 500, body: { code: 'INTERNAL' } }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) text += chunk
  if (text === '') return {}
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw Object.assign(new Error('no JSON'), { code: 'BAD_BODY' })
  }
}

function mapValues(
  values: Record<string, string>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
