import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hopBounds, readConfig } from '@tenantry/routing'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import type { TestPostgres } from '../../tools/test-postgres.ts'
import type { Pair } from '../measure.ts'
import { createRequestDatabase, type RequestDatabase } from '../propagation/request-database.ts'
import { Requester } from '../requester.ts'
import { type ServiceProcess, startProcess } from '../service-process.ts'

const body = JSON.stringify({ text: 'a note of some forty letters, as notes are' })
const head = [
  ...['POST /notes HTTP/1.1', 'host: bench', 'content-type: application/json'],
  `content-length: ${body.length}`,
]
/** Tokens are good for a minute, and so are callers’ credentials. */
const renewedEveryMs = 20_000
/** Sent to each side first: a process that was just started is slower, whatever it does. */
const warmUp = 8_000

const startServer = (name: 'measured' | 'unmeasured', env: Record<string, string>) =>
  startProcess(join(import.meta.dirname, 'servers', `${name}.ts`), env)

/** The service with metrics and without, each a process of its own, on one database. */
export class MetricsPlant {
  readonly #database: RequestDatabase
  readonly #platform: TestPlatform
  readonly #folder: string
  readonly #services: readonly ServiceProcess[]
  readonly #requesters: Requester[] = []
  #renewing: NodeJS.Timeout | undefined

  private constructor(parts: {
    database: RequestDatabase
    platform: TestPlatform
    folder: string
    services: readonly ServiceProcess[]
  }) {
    this.#database = parts.database
    this.#platform = parts.platform
    this.#folder = parts.folder
    this.#services = parts.services
  }

  static async start(server: TestPostgres): Promise<MetricsPlant> {
    const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'))
    const database = await createRequestDatabase(server)
    const platform = await TestPlatform.start(database.leased)
    await database.install(platform.master)
    const file = join(folder, 'runtime.json')
    const { explain } = readConfig({
      mode: 'development',
      trustDomain: platform.audience,
      identity: { issuer: 'http://localhost', audience: 'bench', claims: { tenant: 'tenant', role: 'role' } },
      tiers: { basic: { placement: 'pool' } },
      services: { note: { entry: 'x.ts' } },
    })
    const document = platform.document({ accessLog: true, hops: hopBounds(explain) })
    writeFileSync(file, JSON.stringify(document), { mode: 0o600 })
    const services = [
      await startServer('measured', { TENANTRY_RUNTIME_FILE: file }),
      await startServer('unmeasured', { DOCUMENT: file }),
    ]
    return new MetricsPlant({ database, platform, folder, services })
  }

  /** Both sides, for so many tenants in turn. */
  async open({ connections, tenants }: { connections: number; tenants: number }): Promise<Pair> {
    let requests: string[] = []
    const renew = () => {
      const caller = Object.entries(this.#platform.caller()).flat().join(': ')
      requests = Array.from({ length: tenants }, (_, n) =>
        [...head, `txn-token: ${this.#platform.token(`tenant-${n}`)}`, caller, '', body].join('\r\n'),
      )
    }
    renew()
    this.#renewing = setInterval(renew, renewedEveryMs).unref()
    const [ours, peer] = await Promise.all(
      this.#services.map(async ({ origin }) => {
        const requester = await Requester.open(origin, { connections, status: 201 })
        this.#requesters.push(requester)
        let turn = 0
        const ask = () => requester.send(requests[turn++ % tenants] ?? '')
        const keepAsking = async () => {
          while (turn < warmUp) await ask()
        }
        await Promise.all(Array.from({ length: connections }, keepAsking))
        return ask
      }),
    )
    if (!ours || !peer) throw new Error('both were opened')
    return { ours, peer }
  }

  async stop(): Promise<void> {
    clearInterval(this.#renewing)
    for (const requester of this.#requesters) requester.close()
    for (const service of this.#services) service.stop()
    this.#platform.stop()
    await this.#database.remove()
    rmSync(this.#folder, { recursive: true })
  }
}
