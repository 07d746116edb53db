import { once } from 'node:events'
import type { Server } from 'node:http'
import { TenantryError } from '@tenantry/context'

/** Listens, on the loopback interface unless told otherwise. Rejects with `PORT_IN_USE`, naming the port and how to choose another. */
export async function listen(
  server: Server,
  {
    port,
    host = '127.0.0.1',
    flag = 'gateway',
  }: { port: number; host?: string; flag?: 'gateway' | 'ingress' },
): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    throw new TenantryError('PORT_IN_USE', `port ${port} is already in use`, {
      help: `stop what listens there, or choose another with \`--${flag}-port\` or \`TENANTRY_${flag.toUpperCase()}_PORT\``,
      cause,
    })
  }
}
