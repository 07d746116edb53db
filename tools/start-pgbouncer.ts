import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type ClientConfig } from 'pg'
import { findFreePort } from '../packages/platform/src/supervisor/free-port.ts'

/** A real PgBouncer in transaction mode in front of a database, with few connections to share. */
export interface PgBouncer {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Starts the PgBouncer of the machine, as a user that is not root; rejects when there is none. With `everyDatabase`, it
 * serves all of the server's, and asks as the given superuser for passwords.
 */
export async function startPgBouncer(
  database: ClientConfig,
  { connections, everyDatabase = false }: { connections: number; everyDatabase?: boolean },
): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-pgbouncer-'))
  chmodSync(folder, 0o711)
  const port = await findFreePort()
  const { host, port: serverPort, database: name, user, password } = database
  const users = join(folder, 'users.txt')
  writeFileSync(users, `"${user}" "${password}"\n`)
  const config = join(folder, 'pgbouncer.ini')
  writeFileSync(
    config,
    `[databases]
${everyDatabase ? `* = host=${host} port=${serverPort} auth_user=${user}` : `${name} = host=${host} port=${serverPort} dbname=${name}`}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 200
`,
  )
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn('pgbouncer', ['-q', config], { stdio: 'ignore', ...asNobody })
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))])
  const stop = async () => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilAnswers({ ...database, host: '127.0.0.1', port })
  } catch (error) {
    await stop()
    throw error
  }
  return { port, stop }
}

async function untilAnswers(config: ClientConfig): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client(config)
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (attempt === 50) throw error
      await sleep(100)
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
