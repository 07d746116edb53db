import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { obtainAccessToken, StateFolder, System } from '@tenantry/platform'
import { Client, type ClientConfig } from 'pg'
import { LocalPostgres } from '../../../packages/platform/src/postgres/local-postgres.ts'
import { findFreePort } from '../../../packages/platform/src/supervisor/free-port.ts'
import { settings } from '../../start-bench-postgres.ts'
import type { EventSide } from './event-side.ts'
import { type Orders, tenants } from './orders.ts'
import { systemConfig } from './system-config.ts'

/** Each commit has its time, beside what every bench sets. */
const eventSettings = { ...settings, track_commit_timestamp: 'on' }

/** Our side: the whole system as `tenantry start` runs it, with two services. Its PostgreSQL is there for the peers, too. */
export class EventSystem implements EventSide {
  readonly name = 'ours'
  readonly tenantColumn = 'tenantry_tenant'
  readonly pollMs = 0
  readonly admin: Client
  readonly #system: System
  readonly #state: StateFolder
  readonly #tokens: ReadonlyMap<string, string>

  private constructor(
    system: System,
    state: StateFolder,
    admin: Client,
    tokens: ReadonlyMap<string, string>,
  ) {
    this.#system = system
    this.#state = state
    this.admin = admin
    this.#tokens = tokens
  }

  static async launch(): Promise<EventSystem> {
    const state = new StateFolder(mkdtempSync(join(tmpdir(), 'tenantry-bench-')), '')
    await prepareData(state)
    const [gateway, control, identity] = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
    const system = await System.start({
      config: systemConfig(identity),
      configFolder: join(import.meta.dirname, 'ours'),
      state,
      ports: { gateway, control, identity },
      onProgress: () => undefined,
      signal: new AbortController().signal,
    })
    const admin = new Client(addressOf(state, 'tenantry_pool'))
    await admin.connect()
    const issuer = system.addresses.issuer ?? ''
    const tokens = await Promise.all(
      tenants.map(
        async (tenant) => [tenant, await obtainAccessToken({ issuer, tenant, role: 'seller' })] as const,
      ),
    )
    return new EventSystem(system, state, admin, new Map(tokens))
  }

  /** How the superuser reaches a database of the system's PostgreSQL. */
  address(database: string): ClientConfig {
    return addressOf(this.#state, database)
  }

  async start(): Promise<void> {}

  /** It stays up, with nothing to do. */
  async stop(): Promise<void> {}

  async place({ tenants, first, count }: Orders): Promise<void> {
    await Promise.all(
      tenants.map(async (tenant) => {
        const answer = await fetch(`${this.#system.addresses.gateway}/orders`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${this.#tokens.get(tenant)}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ first, count }),
        })
        if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
        await answer.arrayBuffer()
      }),
    )
  }

  async remove(): Promise<void> {
    await this.admin.end()
    await this.#system.stop()
    rmSync(realpathSync(this.#state.dataFolder), { recursive: true, force: true })
    rmSync(this.#state.path, { recursive: true, force: true })
  }
}

async function prepareData(state: StateFolder): Promise<void> {
  state.create()
  const { dataFolder } = state
  await LocalPostgres.prepare({ dataFolder, password: state.secrets().postgresPassword })
  const lines = Object.entries(eventSettings).map(([name, value]) => `${name} = '${value}'\n`)
  appendFileSync(join(dataFolder, 'postgresql.conf'), lines.join(''))
}

function addressOf(state: StateFolder, database: string): ClientConfig & { port: number } {
  const port = Number(readFileSync(join(state.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[3])
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: state.secrets().postgresPassword,
    database,
  }
}
