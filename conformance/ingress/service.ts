/** `order`, behind an ingress: it tells for whom it was asked and what of the request arrived, and streams both ways. */
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { requireContext } from '../../packages/context/src/index.ts'
import { tenantry } from '../../packages/tenantry/src/node.ts'

// As they arrived: an adapter takes ours away before a service sees them.
const arrived = new WeakMap<IncomingMessage, readonly string[]>()
let count = 0
subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage }
  arrived.set(request, [...request.rawHeaders])
  count++
})

const service = tenantry(async (request, response) => {
  if (request.url === '/orders/echo') {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'txn-token': 'of the service' })
    request.pipe(response)
    return
  }
  if (request.url === '/orders/slowly') {
    response.write('first')
    setTimeout(() => response.end('last'), 300)
    return
  }
  const { tenant, requestId } = requireContext()
  let bytes = 0
  let firstAtMs: number | undefined
  for await (const chunk of request) {
    firstAtMs ??= performance.now()
    bytes += (chunk as Buffer).length
  }
  const spreadMs = performance.now() - (firstAtMs ?? performance.now())
  const { method, url } = request
  const rawHeaders = arrived.get(request)
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({
      tenant: tenant.id,
      requestId,
      deployment: process.env.DEPLOYMENT,
      ...{ method, url, count, bytes, spreadMs, rawHeaders },
    }),
  )
})

const origin = await service.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ type: 'listening', origin })
