import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import type { Server } from 'node:http'

/**
 * Listens on a Unix socket of this path, in the place of whatever listened there: from one instant to the next a new connection comes here, and
 * none is refused. The other keeps the connections that it has, and takes nothing of ours along when it closes.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  // The path that this process binds is what it removes when it closes: one of its own, which is no more then.
  const own = `${path}.${process.pid}`
  await rm(own, { force: true })
  server.listen(own)
  await once(server, 'listening')
  await rename(own, path)
}
