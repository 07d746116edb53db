import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../packages/platform/src/supervisor/free-port.ts'
import { untilListening } from './until-listening.ts'

/** Of the system, not of npm: a machine without it is told so, and a run under CI fails. */
export const natsMissing = spawnSync('nats-server', ['--version']).error
  ? 'there is no nats-server on this machine'
  : false

/** How one of the two users of a test's NATS reaches it. */
export interface TestNatsAccess {
  readonly servers: readonly string[]
  readonly user: string
  readonly password: string
}

/** Real NATS servers with JetStream on loopback ports: one, or several that are one cluster. */
export interface TestNats {
  /** May do only what the relay does, as docs/operating/nats.md grants it. */
  readonly relay: TestNatsAccess
  readonly provisioner: TestNatsAccess
  /** Ends a server as `kill -9` does. */
  kill(index: number): Promise<void>
  /** Starts a server that was killed, on the data that it left. */
  restart(index: number): Promise<void>
  stop(): Promise<void>
}

const relayMay = [
  'tenantry.events.>',
  ...['INFO', 'MSG.GET', 'MSG.DELETE'].map((what) => `$JS.API.STREAM.${what}.TENANTRY_EVENTS`),
]
// And write as an attacker would.
const provisionerMay = ['$JS.API.>', 'tenantry.events.>']
const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Starts the machine's nats-server, as a user that is not root; rejects when there is none. */
export async function startNats({ count = 1 } = {}): Promise<TestNats> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-nats-'))
  chmodSync(folder, 0o711)
  const password = randomBytes(16).toString('hex')
  const ports: { client: number; cluster: number }[] = []
  for (let at = 0; at < count; at++)
    ports.push({ client: await findFreePort(), cluster: await findFreePort() })
  const children: ChildProcess[] = []
  const routes = ports.map(({ cluster }) => `nats://127.0.0.1:${cluster}`)
  const start = async (index: number) => {
    const { client, cluster } = ports[index] ?? { client: 0, cluster: 0 }
    const store = join(folder, String(index))
    mkdirSync(store, { recursive: true })
    if (asNobody.uid) chownSync(store, asNobody.uid, asNobody.gid)
    const config = {
      server_name: `n${index}`,
      host: '127.0.0.1',
      port: client,
      jetstream: { store_dir: store, max_memory_store: 1 << 26, max_file_store: 1 << 30 },
      ...(count > 1 && { cluster: { name: 'test', host: '127.0.0.1', port: cluster, routes } }),
      authorization: {
        users: [
          {
            user: 'provisioner',
            password,
            permissions: { publish: provisionerMay, subscribe: ['_INBOX.>'] },
          },
          { user: 'relay', password, permissions: { publish: relayMay, subscribe: ['_INBOX.>'] } },
        ],
      },
    }
    const file = join(folder, `${index}.conf`)
    writeFileSync(file, JSON.stringify(config))
    children[index] = spawn('nats-server', ['--config', file], { stdio: 'ignore', ...asNobody })
    await untilListening(client, children[index])
  }
  const kill = async (index: number) => {
    const child = children[index]
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL')
  }
  process.once('exit', killAll)
  const servers = ports.map(({ client }) => `nats://127.0.0.1:${client}`)
  const nats: TestNats = {
    relay: { servers, user: 'relay', password },
    provisioner: { servers, user: 'provisioner', password },
    kill,
    restart: start,
    async stop() {
      process.off('exit', killAll)
      await Promise.all(children.map((_, index) => kill(index)))
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all(ports.map((_, index) => start(index)))
  } catch (error) {
    await nats.stop()
    throw error
  }
  return nats
}
