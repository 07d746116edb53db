import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { Meters } from '@tenantry/metrics'
import type { HopLog } from '@tenantry/routing'
import { answerHops } from '@tenantry/routing/deployment'

const operatorServers = new WeakSet<object>()

/** What a deployment tells operators. */
export interface OperatorFacts {
  readonly meters: Pick<Meters, 'prometheusPage'>
  readonly hops: HopLog | undefined
}

/**
 * Serves metrics, health and what is kept of requests to operators. A socket of its own and no port: neither a tenant nor another service can ask
 * who else is served here.
 */
export function serveOperators(path: string, { meters, hops }: OperatorFacts): void {
  rmSync(path, { force: true })
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`
    if (asked === 'GET /health') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
    } else if (asked === 'GET /metrics') {
      meters.prometheusPage().then(
        (page) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page),
        () => response.writeHead(500).end(),
      )
    } else {
      const found = request.method === 'GET' && answerHops(hops, request.url)
      if (found) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found))
      else response.writeHead(404).end()
    }
  })
  operatorServers.add(server)
  server.listen(path).unref()
}

/** True for a server of `serveOperators`: the one kind of requests that are nobody's tenant's. */
export function isOperatorServer(server: Server): boolean {
  return operatorServers.has(server)
}
