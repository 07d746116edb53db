import { createServer, type Server } from 'node:http'
import { answerHops, type HopLog } from '@tenantry/routing'
import { listenOnSocket } from './listen-on-socket.ts'

/** What a process tells operators besides that it is there. */
export interface OperatorPages {
  readonly metrics?: () => Promise<string>
  /** What else it tells, as JSON, by path. */
  readonly facts?: Readonly<Record<string, () => unknown>>
  /** What it keeps of its requests. */
  readonly hops?: HopLog | undefined
}

const json = { 'content-type': 'application/json' }

/**
 * Serves what operators ask of one process, `GET /health`, `/metrics` and what else it tells, on a Unix socket of its own: no port,
 * so that neither a tenant nor another service can ask.
 */
export async function serveOperatorSocket(
  path: string,
  { metrics = async () => '', facts = {}, hops }: OperatorPages = {},
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/metrics') {
      metrics().then(
        (page) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page),
        () => response.writeHead(500).end(),
      )
    } else if (request.method === 'GET' && request.url === '/health') {
      response.writeHead(200, json).end('{"status":"ok"}')
    } else if (request.method === 'GET' && Object.hasOwn(facts, request.url ?? '')) {
      response.writeHead(200, json).end(JSON.stringify(facts[request.url ?? '']?.()))
    } else {
      const found = request.method === 'GET' && answerHops(hops, request.url)
      if (found) response.writeHead(200, json).end(JSON.stringify(found))
      else response.writeHead(404).end()
    }
  })
  await listenOnSocket(server, path)
  server.unref()
  return server
}
