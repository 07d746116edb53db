import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { TenantryError } from '@tenantry/context'

const host = '127.0.0.1'

/** Below the ports that systems give to outgoing connections and to servers that ask for any, and those that Kubernetes redirects. */
const ports = { from: 20_000, below: 30_000 }

/** A port on the loopback interface that nothing listens on at this moment, and that nobody is given by chance before it is used. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(ports.from, ports.below)
    const fault = await findFault(port)
    if (!fault) return port
    if (fault.code !== 'EADDRINUSE' && fault.code !== 'EACCES') throw fault
  }
}

/**
 * Throws `PORT_IN_USE` when something already listens there, and `PORT_REFUSED` when the system does not give it to us, naming the port, the flag and the variable.
 */
export async function requireFreePort(port: number, flag: string, variable: string): Promise<void> {
  const cause = await findFault(port)
  if (!cause) return
  const another = `choose another with \`${flag}\` or \`${variable}\``
  throw cause.code === 'EADDRINUSE'
    ? new TenantryError('PORT_IN_USE', `port ${port} is already in use`, {
        help: `stop what listens there, or ${another}`,
        cause,
      })
    : new TenantryError('PORT_REFUSED', `port ${port} cannot be had: ${cause.message}`, {
        help: another,
        cause,
      })
}

/** Why nothing can listen on this port now; `undefined` when it can. */
async function findFault(port: number): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer()
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
  server.close()
  await once(server, 'close')
  return undefined
}
