import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningSystem } from '../end-to-end/running-system.ts'

/** Two ways to be away: gone as often as it is started, or there without ever answering. */
export const outages = ['killed', 'stopped'] as const

/** How the token service is away, and for how long. */
export interface OutageOptions {
  readonly how: (typeof outages)[number]
  readonly forMs: number
}

/** What was seen while the token service was away. */
export interface Outage extends OutageOptions {
  /** Requests that were under way when it went, and how many of them ended as if it were there. */
  readonly open: number
  readonly finished: number
  /** New requests that were answered 503 with `Retry-After`, and how long the slowest waited for that. */
  readonly refused: number
  readonly slowestMs: number
  /** From its return until every tenant is served and what was ordered before has its one invoice. */
  readonly recoveredMs: number
  readonly faults: readonly string[]
}

const tenants = ['tenant-a', 'tenant-b', 'tenant-c', 'tenant-d', 'tenant-e']
/** Nobody waits longer for a refusal: two seconds for the token service, and what a busy machine adds. */
const answerMaxMs = 5_000
const recoveryMaxMs = 10_000
const marginMs = 500

/**
 * Takes the token service away while requests are open, others come and orders wait for their invoices. Work that is open ends
 * well, because its keys live; what is new is refused at once and says when to come again; nothing hangs; and all of it is whole
 * soon after the token service is back, without a hand.
 */
export async function withholdTokenService(system: RunningSystem, options: OutageOptions): Promise<Outage> {
  const faults: string[] = []
  const orders = new Map<string, string>()
  for (const tenant of tenants)
    orders.set(tenant, await system.order(tenant, [await system.product(tenant, '2.25')]))
  const uploads = await Promise.all(tenants.map((tenant) => SlowRequest.open(system, tenant)))
  // Until they have the tokens that they are admitted with.
  await sleep(marginMs)
  const outage = new AbortController()
  const away = takeAway(system, options, outage.signal)
  await sleep(marginMs)
  const seen = askMeanwhile(system, outage.signal, faults)
  await sleep(options.forMs - 2 * marginMs)
  const ends = await Promise.all(uploads.map((upload) => upload.end()))
  for (const { tenant, status, body } of ends)
    if (status !== 201) faults.push(`open work of ${tenant} ended with ${status}: ${body}`)
  outage.abort()
  const backAtMs = await away
  const { refused, slowestMs } = await seen
  if (refused === 0) faults.push('nobody was refused')
  const late = await settle(system, orders)
  return {
    ...options,
    open: uploads.length,
    finished: ends.filter(({ status }) => status === 201).length,
    ...{ refused, slowestMs },
    recoveredMs: performance.now() - backAtMs,
    faults: [...faults, ...late],
  }
}

/** Keeps the token service away until `signal`, and settles with when it was let come back. */
async function takeAway(system: RunningSystem, { how }: OutageOptions, signal: AbortSignal): Promise<number> {
  const pid = async () => (await system.processes()).get('token-service')
  if (how === 'stopped') {
    const stopped = await pid()
    if (stopped === undefined) throw new Error('there is no token service')
    process.kill(stopped, 'SIGSTOP')
    if (!signal.aborted) await once(signal, 'abort')
    process.kill(stopped, 'SIGCONT')
    return performance.now()
  }
  while (!signal.aborted) {
    const started = await pid()
    if (started !== undefined) process.kill(started, 'SIGKILL')
    await sleep(20)
  }
  return performance.now()
}

/** Asks for each tenant again and again: each is refused in time, and told when to come again. */
async function askMeanwhile(
  system: RunningSystem,
  signal: AbortSignal,
  faults: string[],
): Promise<{ refused: number; slowestMs: number }> {
  let refused = 0
  let slowestMs = 0
  const ask = async (tenant: string) => {
    while (!signal.aborted) {
      const startedAtMs = performance.now()
      const { status, headers, body } = await system.call(tenant, 'GET', '/products')
      const tookMs = performance.now() - startedAtMs
      // What was under way when it came back may be served.
      if (signal.aborted) return
      slowestMs = Math.max(slowestMs, tookMs)
      refused++
      if (status !== 503 || headers.get('retry-after') === null || body.code !== 'TOKEN_SERVICE_DOWN')
        faults.push(`${tenant} was answered ${status} ${String(body.code)} while there were no tokens`)
      if (tookMs > answerMaxMs) faults.push(`${tenant} waited ${tookMs.toFixed(0)} ms to be refused`)
      await sleep(100)
    }
  }
  await Promise.all(tenants.map(ask))
  return { refused, slowestMs }
}

async function settle(system: RunningSystem, orders: ReadonlyMap<string, string>): Promise<string[]> {
  const deadline = performance.now() + recoveryMaxMs
  for (;;) {
    const faults: string[] = []
    for (const [tenant, order] of orders) {
      const { status, body } = await system.call(tenant, 'GET', '/invoices')
      const own = ((body.invoices ?? []) as { order_id: string }[]).filter(
        ({ order_id }) => order_id === order,
      )
      if (status !== 200) faults.push(`${tenant} is not served: ${status}`)
      else if (own.length !== 1) faults.push(`${tenant}'s order has ${own.length} invoices`)
    }
    if (faults.length === 0 || performance.now() > deadline) return faults
    await sleep(50)
  }
}

/** A request whose body takes its time: it was admitted, and is not answered before the body is there. */
class SlowRequest {
  readonly #tenant: string
  readonly #call: ReturnType<typeof request>
  readonly #rest: string

  private constructor(tenant: string, call: ReturnType<typeof request>, rest: string) {
    this.#tenant = tenant
    this.#call = call
    this.#rest = rest
  }

  static async open(system: RunningSystem, tenant: string): Promise<SlowRequest> {
    const body = JSON.stringify({ name: 'of a slow upload', price: '1.50' })
    const call = request(`${system.gateway}/products`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${await system.token(tenant)}`, 'content-type': 'application/json' },
        'content-length': body.length,
      },
    })
    call.write(body.slice(0, 10))
    return new SlowRequest(tenant, call, body.slice(10))
  }

  async end(): Promise<{ tenant: string; status: number | undefined; body: string }> {
    this.#call.end(this.#rest)
    try {
      const [answer] = await once(this.#call, 'response', { signal: AbortSignal.timeout(answerMaxMs) })
      return { tenant: this.#tenant, status: answer.statusCode, body: await text(answer) }
    } catch (error) {
      return { tenant: this.#tenant, status: undefined, body: String(error) }
    }
  }
}
