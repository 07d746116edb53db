import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../packages/platform/src/supervisor/free-port.ts'

/** A real Redis on a loopback port, behind a password, that keeps nothing. */
export interface TestRedis {
  readonly host: string
  readonly port: number
  readonly password: string
  stop(): Promise<void>
}

/** Of the system, not of npm: a machine without it is told so, and a run under CI fails. */
export const redisMissing = spawnSync('redis-server', ['--version']).error
  ? 'there is no redis-server on this machine'
  : false

/** Starts the Redis of the machine, as a user that is not root; in the place `of` one that was stopped. Rejects when there is none. */
export async function startRedis(of?: Pick<TestRedis, 'port' | 'password'>): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-redis-'))
  chmodSync(folder, 0o711)
  const port = of?.port ?? (await findFreePort())
  const password = of?.password ?? randomBytes(16).toString('hex')
  const config = join(folder, 'redis.conf')
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    `requirepass ${password}`,
    `dir ${folder}`,
    'save ""',
    'appendonly no',
  ]
  writeFileSync(config, settings.join('\n'))
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn('redis-server', [config], { stdio: ['ignore', 'pipe', 'ignore'], ...asNobody })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(child)
  } catch (error) {
    await stop()
    throw error
  }
  return { host: '127.0.0.1', port, password, stop }
}

async function untilReady(child: ChildProcess): Promise<void> {
  let said = ''
  const ready = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)))
    child.stdout?.on('data', (data) => {
      said += data
      if (said.includes('Ready to accept connections')) resolve()
    })
  })
  await ready
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
