import { once } from 'node:events'
import type { Server } from 'node:http'
import { TenantryError } from '@tenantry/context'

/** Listens on the loopback interface. Rejects with `PORT_IN_USE`, naming the port and how to choose another. */
export async function listen(server: Server, port: number): Promise<void> {
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    throw new TenantryError('PORT_IN_USE', `port ${port} is already in use`, {
      help: 'stop what listens there, or choose another with `--gateway-port` or `TENANTRY_GATEWAY_PORT`',
      cause,
    })
  }
}
