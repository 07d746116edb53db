import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { SeededRandom } from '../../packages/tenantry/src/testing/attack/seeded-random.ts'
import { malformedRequest, type TokenPlace } from './malformed-request.ts'
import { RawClient } from './raw-client.ts'
import type { TokenStock } from './spoil-token.ts'

/** Who is attacked, and with what. */
export interface FuzzTarget extends Pick<TokenStock, 'good' | 'signedWrongly'> {
  readonly origin: string
  readonly place: TokenPlace
  /** A request that is let in: the server has to answer it as before, now and then and at the end. */
  readonly goodRequest: () => Buffer
}

/** What became of malformed requests. */
export interface FuzzOutcome {
  readonly seed: number
  readonly tried: number
  /** By status. */
  readonly answers: Readonly<Record<string, number>>
  /** Those that were let in, or that broke something: there may be none. */
  readonly misses: readonly string[]
}

const connections = 8
const goodEvery = 500

/**
 * Sends malformed requests over raw connections. A miss is one that was answered with 2xx, 3xx or 5xx, and a good one in between that was not
 * answered with 2xx.
 */
export async function fuzz(
  target: FuzzTarget,
  { seed, requests }: { seed: number; requests: number },
): Promise<FuzzOutcome> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const stock: TokenStock = { ...target, random: new SeededRandom(seed), foreignKey: privateKey, publicPem }
  const answers: Record<string, number> = {}
  const misses: string[] = []
  let tried = 0
  const attack = async () => {
    const client = new RawClient(target.origin)
    while (tried < requests) {
      const number = tried++
      const { kind, bytes } = malformedRequest(stock, target.place)
      const first = await client.ask(bytes)
      // The request before may have ended the connection while this one was under way.
      const status = first === 'closed' ? await client.ask(bytes) : first
      answers[status] = (answers[status] ?? 0) + 1
      if (typeof status === 'number' && (status < 400 || status >= 500))
        misses.push(`${kind} (${number}): ${status} for ${JSON.stringify(bytes.toString('latin1'))}`)
      if (number % goodEvery === 0) await askGood(client)
    }
    await askGood(client)
    client.close()
  }
  const askGood = async (client: RawClient) => {
    // Not on the connection of a malformed one, which may be about to end.
    client.close()
    const status = await client.ask(target.goodRequest())
    if (typeof status !== 'number' || status < 200 || status > 299) misses.push(`a good request: ${status}`)
  }
  await Promise.all(Array.from({ length: connections }, attack))
  return { seed, tried, answers, misses }
}
