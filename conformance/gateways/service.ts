/** `order`, behind gateways: it tells for whom it was asked, by request and by WebSocket. */
import { WebSocketServer } from 'ws'
import { requireContext } from '../../packages/context/src/index.ts'
import { keepInScope, onUpgrade, tenantry } from '../../packages/tenantry/src/node.ts'

const sockets = new WebSocketServer({ noServer: true })

const service = tenantry(async (request, response) => {
  for await (const _ of request);
  if (request.url === '/orders/slowly') await new Promise((resolve) => setTimeout(resolve, 400))
  response.end(requireContext().tenant.id)
})
onUpgrade(service.server, (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    keepInScope(webSocket).on('message', () => webSocket.send(requireContext().tenant.id))
    webSocket.once('close', (code) => process.send?.({ type: 'closed', code }))
  })
})

const origin = await service.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ type: 'listening', origin })
