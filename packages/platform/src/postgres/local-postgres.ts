import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TenantryError } from '@tenantry/context'
import { Client } from 'pg'
import { initialiseDataFolder } from './initialise-data-folder.ts'
import { findServerBinaries } from './server-binaries.ts'
import { canReach, linkWithinReach } from './server-reach.ts'
import { resolveServerUser, type ServerUser } from './server-user.ts'

const host = '127.0.0.1'
const readyMaxMs = 20_000

// What a bound parameter holds never reaches a log, not even with an error: leases travel as parameters.
const settings = {
  listen_addresses: host,
  unix_socket_directories: '',
  max_connections: '300',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  password_encryption: 'scram-sha-256',
}

/** A PostgreSQL from npm in a folder of its own, run as a plain child process that a supervisor can watch. */
export class LocalPostgres {
  readonly #dataFolder: string
  readonly #password: string
  readonly #user: ServerUser | undefined

  readonly #distribution: string | undefined

  private constructor(
    dataFolder: string,
    password: string,
    user: ServerUser | undefined,
    distribution: string | undefined,
  ) {
    this.#distribution = distribution
    this.#dataFolder = dataFolder
    this.#password = password
    this.#user = user
  }

  /**
   * Makes the data folder at the first call; later calls find it made. As root, PostgreSQL runs as an operating
   * system user of its own, `postgres`, which is made when it is missing; where that user cannot come, the data lies
   * under /var/lib/tenantry and `dataFolder` is a link to it.
   */
  static async prepare(options: {
    dataFolder: string
    password: string
    /** The npm package that brings the programs, for another major version. */
    distribution?: string
  }): Promise<LocalPostgres> {
    const { password, distribution } = options
    const user = await resolveServerUser()
    const within = !user || canReach(dirname(options.dataFolder), user)
    const dataFolder = within ? options.dataFolder : linkWithinReach(options.dataFolder)
    if (!existsSync(join(dataFolder, 'PG_VERSION'))) {
      await initialiseDataFolder(dataFolder, password, user, distribution)
    }
    return new LocalPostgres(dataFolder, password, user, distribution)
  }

  /**
   * Starts the server and settles when it answers. A server that a killed run left behind is stopped first.
   * Throws `POSTGRES_FAILED`, naming the log.
   */
  async start(options: {
    port: number
    settings?: Record<string, string>
  }): Promise<{ child: ChildProcess; port: number }> {
    const { port } = options
    await this.#stopLeftOver()
    const logFile = join(dirname(this.#dataFolder), 'postgres.log')
    const log = openSync(logFile, 'a', 0o600)
    const flags = Object.entries({ ...settings, ...options.settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const { postgres } = await findServerBinaries(this.#user, this.#distribution)
    const child = spawn(postgres, ['-D', this.#dataFolder, '-p', String(port), ...flags], {
      ...this.#user,
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: process.env.TZ },
    })
    closeSync(log)
    child.on('error', () => undefined)
    try {
      await this.#untilReady(child, port)
    } catch (cause) {
      child.kill('SIGQUIT')
      throw new TenantryError('POSTGRES_FAILED', 'PostgreSQL does not start', {
        help: `see ${logFile}`,
        cause,
      })
    }
    return { child, port }
  }

  async #untilReady(child: ChildProcess, port: number): Promise<void> {
    const deadlineMs = Date.now() + readyMaxMs
    for (;;) {
      const client = new Client({
        host,
        port,
        user: 'postgres',
        password: this.#password,
        database: 'postgres',
      })
      client.on('error', () => undefined)
      try {
        await client.connect()
        return
      } catch (cause) {
        if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadlineMs) throw cause
      } finally {
        await client.end().catch(() => undefined)
      }
      await sleep(50)
    }
  }

  async #stopLeftOver(): Promise<void> {
    const pid = readPostmasterPid(this.#dataFolder)
    if (pid === undefined || !isServerOf(pid, this.#dataFolder)) return
    process.kill(pid, 'SIGINT')
    for (let waitedMs = 0; isServerOf(pid, this.#dataFolder); waitedMs += 50) {
      if (waitedMs === 5_000) process.kill(pid, 'SIGQUIT')
      if (waitedMs > 10_000) break
      await sleep(50)
    }
  }
}

function readPostmasterPid(dataFolder: string): number | undefined {
  try {
    const [line = ''] = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')
    return Number(line) || undefined
  } catch {
    return undefined
  }
}

// A process id of a run long gone may belong to anything by now: ours names this folder among its arguments.
function isServerOf(pid: number, dataFolder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataFolder)
  } catch {
    return false
  }
}
