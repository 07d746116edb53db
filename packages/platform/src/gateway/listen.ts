import { once } from 'node:events'
import type { Server } from 'node:http'
import { TenantryError } from '@tenantry/context'

/**
 * Listens, on the loopback interface unless told otherwise, on a port that may be `shared` with the other gateways. Rejects with
 * `PORT_IN_USE`, naming the port and how to choose another, or `PORT_NOT_SHARED` where the system cannot share one.
 */
export async function listen(
  server: Server,
  {
    port,
    host = '127.0.0.1',
    flag = 'gateway',
    shared = false,
  }: { port: number; host?: string; flag?: 'gateway' | 'ingress'; shared?: boolean },
): Promise<void> {
  try {
    server.listen({ port, host, reusePort: shared })
    await once(server, 'listening')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (shared && code === 'ENOTSUP') throw notShared(cause)
    if (code !== 'EADDRINUSE') throw cause
    throw new TenantryError('PORT_IN_USE', `port ${port} is already in use`, {
      help: `stop what listens there, or choose another with \`--${flag}-port\` or \`TENANTRY_${flag.toUpperCase()}_PORT\``,
      cause,
    })
  }
}

function notShared(cause: unknown): TenantryError {
  return new TenantryError('PORT_NOT_SHARED', 'several gateways cannot share a port on this system', {
    help: 'set `gateway.processes` of tenantry.config.ts to 1; Linux and FreeBSD can (SO_REUSEPORT)',
    cause,
  })
}
