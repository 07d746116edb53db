import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { TenantryError } from '@tenantry/context'

const host = '127.0.0.1'

/** A port on the loopback interface that nothing listens on at this moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen({ host, port: 0 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Throws `PORT_IN_USE`, naming the port, the flag and the variable, when something already listens there. */
export async function requireFreePort(port: number, flag: string, variable: string): Promise<void> {
  const server = createServer()
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (cause) {
    throw new TenantryError('PORT_IN_USE', `port ${port} is already in use`, {
      help: `stop what listens there, or choose another with \`${flag}\` or \`${variable}\``,
      cause,
    })
  }
  server.close()
  await once(server, 'close')
}
