import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { TenantryError } from '@tenantry/context'
import type { StateFolder } from './state-folder.ts'

/**
 * Makes sure that one state folder belongs to one running system: holds a socket that ends with this process.
 * Throws `SYSTEM_RUNNING` when another one holds it. Returns how to let go.
 */
export async function lockSystem(state: StateFolder): Promise<() => void> {
  const path = state.socket('supervisor')
  if (await answers(path)) {
    throw new TenantryError(
      'SYSTEM_RUNNING',
      `a system with its state in \`${state.path}\` is already running`,
      {
        help: 'stop it with Ctrl-C, or name another folder with `--home` or `TENANTRY_HOME`',
      },
    )
  }
  await rm(path, { force: true })
  const server = createServer((socket) => socket.destroy()).listen(path)
  await once(server, 'listening')
  server.unref()
  return () => server.close()
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
