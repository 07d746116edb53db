import { createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTokenServiceClient } from '@tenantry/context'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import type { TestPostgres } from '../../tools/test-postgres.ts'
import type { Pair } from '../measure.ts'
import { Requester } from '../requester.ts'
import { type ServiceProcess, startProcess } from '../service-process.ts'
import { NewTokens } from './new-tokens.ts'
import { createRequestDatabase, type RequestDatabase } from './request-database.ts'
import type { RequestRow, RequestServer } from './request-rows.ts'

const body = JSON.stringify({ text: 'a note of some forty letters, as notes are' })
const head = [
  ...['POST /notes HTTP/1.1', 'host: bench', 'content-type: application/json'],
  `content-length: ${body.length}`,
]

const startServer = (name: RequestServer, env: Record<string, string>) =>
  startProcess(join(import.meta.dirname, 'servers', `${name}.ts`), env)

type Services = Record<RequestServer, ServiceProcess>

/** The services, and who asks them. */
export class RequestPlant {
  readonly #database: RequestDatabase
  readonly #platform: TestPlatform
  readonly #services: Services
  readonly #requesters: Requester[] = []

  private constructor(database: RequestDatabase, platform: TestPlatform, services: Services) {
    this.#database = database
    this.#platform = platform
    this.#services = services
  }

  /** Starts all of them, with a database on `server`; `folder` is where our service's document is written. */
  static async start(server: TestPostgres, folder: string): Promise<RequestPlant> {
    const database = await createRequestDatabase(server)
    const platform = await TestPlatform.start(database.leased)
    await database.install(platform.master)
    const document = join(folder, 'runtime.json')
    writeFileSync(document, JSON.stringify(platform.document()), { mode: 0o600 })
    const client = createTokenServiceClient({ socketPath: platform.tokenServiceSocket, credential: () => '' })
    const [key = {}] = await client.jwks()
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
    const plain = { DATABASE: JSON.stringify(database.plain) }
    return new RequestPlant(database, platform, {
      ours: await startServer('ours', { TENANTRY_RUNTIME_FILE: document, ...plain }),
      isolated: await startServer('isolated', { TENANTRY_RUNTIME_FILE: document }),
      jwt: await startServer('jwt', { PUBLIC_KEY: pem, AUDIENCE: platform.audience, ...plain }),
      open: await startServer('open', plain),
    })
  }

  /** Both sides of a row, with `tokens` for each made beforehand. */
  async open(
    { ours: own, peer }: RequestRow,
    { connections, tokens }: { connections: number; tokens: number },
  ): Promise<Pair> {
    const [forOurs, forPeer] = [new NewTokens(this.#platform), new NewTokens(this.#platform)]
    forOurs.prepare(tokens)
    if (peer === 'jwt') forPeer.prepare(tokens)
    const [ours, other] = await Promise.all(
      [this.#services[own], this.#services[peer]].map(({ origin }) =>
        Requester.open(origin, { connections, status: 201 }),
      ),
    )
    if (!ours || !other) throw new Error('both were opened')
    this.#requesters.push(ours, other)
    let caller = this.#caller()
    // Good for a minute, as a caller's is.
    const renewing = setInterval(() => {
      caller = this.#caller()
    }, 20_000)
    renewing.unref()
    const request = (...headers: string[]) => [...head, ...headers, '', body].join('\r\n')
    return {
      ours: () => ours.send(request(`txn-token: ${forOurs.take()}`, caller)),
      peer: () =>
        other.send(
          peer === 'jwt' ? request(`authorization: Bearer ${forPeer.take()}`) : request('x-tenant: tenant-a'),
        ),
    }
  }

  async stop(): Promise<void> {
    for (const requester of this.#requesters) requester.close()
    for (const service of Object.values(this.#services)) service.stop()
    this.#platform.stop()
    await this.#database.remove()
  }

  #caller(): string {
    return Object.entries(this.#platform.caller()).flat().join(': ')
  }
}
