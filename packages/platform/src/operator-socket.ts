import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'

/**
 * Serves what operators ask of one process, `GET /health` and `GET /metrics`, on a Unix socket of its own: no port,
 * so that neither a tenant nor another service can ask.
 */
export async function serveOperatorSocket(
  path: string,
  { metrics = async () => '' }: { metrics?: () => Promise<string> } = {},
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/metrics') {
      metrics().then(
        (page) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page),
        () => response.writeHead(500).end(),
      )
    } else if (request.method === 'GET' && request.url === '/health') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
    } else {
      response.writeHead(404).end()
    }
  })
  await rm(path, { force: true })
  server.listen(path)
  await once(server, 'listening')
  server.unref()
  return server
}
