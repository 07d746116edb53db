import { createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTokenServiceClient } from '@tenantry/context'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import type { Goal } from '../bench.ts'
import type { Pair } from '../measure.ts'
import { NewTokens } from './new-tokens.ts'
import { Requester } from './requester.ts'
import { type ServiceProcess, startService } from './service-process.ts'

/** A row of requests: against which of the other services. */
export interface RequestRow extends Goal {
  readonly peer: 'jwt' | 'open'
}

export const requestRows: readonly RequestRow[] = [
  {
    ...{ row: 'request', peer: 'jwt', goal: 1 },
    title: 'a request, a new token each: our adapter against `@fastify/jwt`',
  },
  {
    ...{ row: 'request-open', peer: 'open', goal: 0.7 },
    title: 'the same against no authentication at all',
  },
]

type Services = Record<'ours' | 'jwt' | 'open', ServiceProcess>

/** The three services, and who asks them. */
export class RequestPlant {
  readonly #platform: TestPlatform
  readonly #services: Services
  readonly #requesters: Requester[] = []

  private constructor(platform: TestPlatform, services: Services) {
    this.#platform = platform
    this.#services = services
  }

  /** Starts all of them; `folder` is where our service's document is written. */
  static async start(folder: string): Promise<RequestPlant> {
    const platform = await TestPlatform.start()
    const document = join(folder, 'runtime.json')
    writeFileSync(document, JSON.stringify(platform.document()), { mode: 0o600 })
    const client = createTokenServiceClient({ socketPath: platform.tokenServiceSocket, assertion: () => '' })
    const [key = {}] = await client.jwks()
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
    return new RequestPlant(platform, {
      ours: await startService('ours', { TENANTRY_RUNTIME_FILE: document }),
      jwt: await startService('jwt', { PUBLIC_KEY: pem, AUDIENCE: platform.audience }),
      open: await startService('open', {}),
    })
  }

  /** Both sides of a row, with `tokens` for each made beforehand. */
  async open(
    { peer }: RequestRow,
    { connections, tokens }: { connections: number; tokens: number },
  ): Promise<Pair> {
    const [forOurs, forPeer] = [new NewTokens(this.#platform), new NewTokens(this.#platform)]
    forOurs.prepare(tokens)
    if (peer === 'jwt') forPeer.prepare(tokens)
    const [ours, other] = await Promise.all(
      [this.#services.ours, this.#services[peer]].map(({ origin }) => Requester.open(origin, connections)),
    )
    if (!ours || !other) throw new Error('both were opened')
    this.#requesters.push(ours, other)
    let caller = this.#caller()
    // Good for a minute, as a caller's is.
    const renewing = setInterval(() => {
      caller = this.#caller()
    }, 20_000)
    renewing.unref()
    const request = (...headers: string[]) =>
      `GET / HTTP/1.1\r\nhost: bench\r\n${headers.join('\r\n')}\r\n\r\n`
    return {
      ours: () => ours.send(request(`txn-token: ${forOurs.take()}`, caller)),
      peer: () =>
        other.send(
          peer === 'jwt' ? request(`authorization: Bearer ${forPeer.take()}`) : request('x-tenant: tenant-a'),
        ),
    }
  }

  stop(): void {
    for (const requester of this.#requesters) requester.close()
    for (const service of Object.values(this.#services)) service.stop()
    this.#platform.stop()
  }

  #caller(): string {
    return Object.entries(this.#platform.caller()).flat().join(': ')
  }
}
