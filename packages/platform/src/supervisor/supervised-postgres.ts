import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { LocalPostgres } from '../postgres/local-postgres.ts'
import { findFreePort } from './free-port.ts'
import type { StateFolder } from './state-folder.ts'

const connectionsDefault = 300
// What PostgreSQL keeps for superusers.
const superuserConnections = 3

/** The system's PostgreSQL: started again on the same port whenever it ends, until it is stopped. */
export class SupervisedPostgres {
  readonly port: number
  readonly #postgres: LocalPostgres
  readonly #settings: Record<string, string>
  #child: ChildProcess
  #stopping = false
  #starting: Promise<void> | undefined

  private constructor(
    postgres: LocalPostgres,
    settings: Record<string, string>,
    child: ChildProcess,
    port: number,
  ) {
    this.#postgres = postgres
    this.#settings = settings
    this.#child = child
    this.port = port
    void this.#keepRunning()
  }

  /** Starts it on a free port, with room for `connectionsTotal`, and settles when it answers. Throws `POSTGRES_FAILED`. */
  static async start(
    state: StateFolder,
    { password, connectionsTotal = 0 }: { password: string; connectionsTotal?: number | undefined },
  ): Promise<SupervisedPostgres> {
    const postgres = await LocalPostgres.prepare({ dataFolder: state.dataFolder, password })
    const settings = {
      max_connections: String(Math.max(connectionsDefault, connectionsTotal + superuserConnections)),
    }
    const { child, port } = await postgres.start({ port: await findFreePort(), settings })
    return new SupervisedPostgres(postgres, settings, child, port)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** A fast shutdown: open transactions are rolled back, everything committed is on disk. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    // One that is being started at this moment is stopped like any other.
    await this.#starting
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    const quit = setTimeout(() => child.kill('SIGQUIT'), graceMs)
    child.kill('SIGINT')
    await gone
    clearTimeout(quit)
  }

  async #start(): Promise<void> {
    if (this.#stopping) return
    const started = await this.#postgres
      .start({ port: this.port, settings: this.#settings })
      .catch(() => undefined)
    if (started) this.#child = started.child
  }

  async #keepRunning(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
      if (this.#stopping) return
      await sleep(100)
      this.#starting = this.#start()
      await this.#starting
    }
  }
}
