import { setTimeout as sleep } from 'node:timers/promises'
import { SeededRandom } from '../../packages/tenantry/src/testing/attack/seeded-random.ts'
import type { UsagePlant } from './usage-plant.ts'

/** What a tenant has to have used, if all that it was answered was counted. */
export interface Truth {
  requests: number
  errors: number
  bytesIn: number
  bytesOut: number
  statements: number
  events: number
}

/** What was sent, by tenant, and when each request was answered. */
export interface Load {
  readonly truths: ReadonlyMap<string, Truth>
  /** When each was answered with what it asked for, on the clock of `performance`. */
  readonly answeredAtMs: readonly number[]
  /** Requests of which nobody knows whether they were done: a connection broke, or the gateway said that the service is away. */
  readonly unknown: number
}

const atOnce = 32
/** `begin`, two inserts and `commit`. */
const statementsOfEmission = 4
/** `begin`, the inbox and `commit`. */
const statementsOfDelivery = 3

/** What is sent. */
export interface LoadOptions {
  readonly requests: number
  readonly seed: number
  /** False for a load without events, whose deliveries go on after it. */
  readonly emits?: boolean
  /** Begun when half of the requests were sent. */
  readonly meanwhile?: () => Promise<void>
}

/** Sends requests, shared out among the tenants by a seed, each with sizes of its own. */
export async function sendKnownLoad(
  plant: UsagePlant,
  { requests, seed, emits = true, meanwhile }: LoadOptions,
): Promise<Load> {
  const random = new SeededRandom(seed)
  const truths = new Map(plant.tenants.map((tenant) => [tenant, nothing()]))
  const answeredAtMs: number[] = []
  let unknown = 0
  let sent = 0
  let other: Promise<void> | undefined
  const sendSome = async () => {
    while (sent++ < requests) {
      if (sent > requests / 2) other ??= meanwhile?.()
      const tenant = random.pick(plant.tenants)
      const [bytes, answer, statements] = [random.below(3_000), 2 * random.below(4_000), random.below(4)]
      const [emit, fail] = [emits && random.below(20) === 0 ? 1 : 0, random.below(50) === 0 ? 1 : 0]
      const query = new URLSearchParams(
        Object.entries({ answer, statements, emit, fail }).map(
          ([name, value]) => [name, String(value)] as [string, string],
        ),
      )
      const status = await plant.call(tenant, `/work?${query}`, 'x'.repeat(bytes))
      const truth = truths.get(tenant)
      if (!truth || status !== (fail ? 500 : 200)) {
        unknown++
        await sleep(50)
        continue
      }
      answeredAtMs.push(performance.now())
      truth.requests++
      truth.errors += fail
      truth.bytesIn += bytes
      truth.bytesOut += answer
      truth.statements += statements + emit * (statementsOfEmission + statementsOfDelivery)
      truth.events += emit
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendSome))
  await other
  return { truths, answeredAtMs, unknown }
}

function nothing(): Truth {
  return { requests: 0, errors: 0, bytesIn: 0, bytesOut: 0, statements: 0, events: 0 }
}
