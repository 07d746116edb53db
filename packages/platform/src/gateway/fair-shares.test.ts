import assert from 'node:assert/strict'
import { afterEach, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RunningGateway } from '../../test/running-gateway.ts'

// Before a service of which we know what it can do. `npm run test:fair-shares` floods the whole shop.
const quiet = ['quiet-1', 'quiet-2', 'quiet-3']
const workMs = 200
const atOnce = 4
let gateway: RunningGateway
const tokens = new Map<string, string>()

/** A service that does four things at once, each of which takes 200 ms: 20 requests a second, 5 for each of four tenants. */
async function start(limits: object = {}) {
  gateway = await RunningGateway.start({
    tenants: Object.fromEntries(['loud', ...quiet].map((id) => [id, {}])),
    tiers: { basic: { placement: 'pool', limits } },
    limits: { deployment: { inFlight: atOnce, waiting: 64 } },
  })
  for (const tenant of ['loud', ...quiet]) tokens.set(tenant, await gateway.token({ claims: { tenant } }))
  let working = 0
  const waiting: (() => void)[] = []
  await gateway.serve(async (_request, response) => {
    if (working >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    working++
    await sleep(workMs)
    working--
    waiting.shift()?.()
    response.end()
  })
}
afterEach(() => gateway.close())

interface Served {
  readonly statuses: number[]
  readonly ms: number[]
}

/** Sends so many requests a second of these tenants in turn, whatever becomes of those before. */
async function send(tenants: readonly string[], perSecond: number, forMs: number): Promise<Served> {
  const served: Served = { statuses: [], ms: [] }
  const sent: Promise<void>[] = []
  const startedAtMs = performance.now()
  for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - startedAtMs) {
    while (sent.length < (elapsedMs * perSecond) / 1000)
      sent.push(sendOne(tenants[sent.length % tenants.length] ?? '', served))
    await sleep(5)
  }
  await Promise.all(sent)
  return served
}

async function sendOne(tenant: string, { statuses, ms }: Served): Promise<void> {
  const startedAtMs = performance.now()
  const headers = { authorization: `Bearer ${tokens.get(tenant)}` }
  const answer = await fetch(`${gateway.origin}/orders`, { headers })
  await answer.text()
  statuses.push(answer.status)
  ms.push(performance.now() - startedAtMs)
}

const percentile = ({ ms }: Served, part: number) =>
  [...ms].sort((a, b) => a - b)[Math.ceil(ms.length * part) - 1] ?? Number.NaN
const count = ({ statuses }: Served, status: number) => statuses.filter((one) => one === status).length

function tell(context: TestContext, what: string, served: Served): void {
  const [p50, p99] = [0.5, 0.99].map((part) => percentile(served, part).toFixed(0))
  context.diagnostic(
    `${what}: ${count(served, 200)} of ${served.ms.length} requests served, p50 ${p50} ms, p99 ${p99} ms`,
  )
}

/** What quiet tenants are given alone, and then beside a flood; and what the flood is given. */
async function flood(context: TestContext, perSecond: number) {
  await send(quiet, 6, 500)
  const alone = await send(quiet, 6, 3_000)
  const flooding = send(['loud'], perSecond, 4_000)
  await sleep(500)
  const beside = await send(quiet, 6, 3_000)
  const loud = await flooding
  tell(context, 'alone', alone)
  tell(context, 'beside the flood', beside)
  tell(context, 'the flood', loud)
  return { alone, beside, loud }
}

test('beside a tenant that sends ten times its share, quiet ones get no error, and wait for a turn at most', async (context) => {
  await start()
  const { alone, beside, loud } = await flood(context, 50)
  assert.equal(count(beside, 200), beside.statuses.length, 'a quiet tenant gets no error')
  // Behind the flood it would be 2.4 s more.
  assert.ok(percentile(beside, 0.5) <= percentile(alone, 0.5) + 1_000)
  assert.ok(count(loud, 200) >= 40, 'a flood is served with what is left')
  assert.equal(count(loud, 200) + count(loud, 503), loud.statuses.length)
  assert.ok(count(loud, 503) > 0, 'more was sent than could be done')
})

test('a tenant that sends ten times its rate is served its rate, and quiet ones as if it were not there', async (context) => {
  await start({ requestsPerSecond: 5 })
  const { alone, beside, loud } = await flood(context, 50)
  assert.equal(count(beside, 200), beside.statuses.length, 'a quiet tenant gets no error')
  assert.ok(percentile(beside, 0.5) <= percentile(alone, 0.5) + 1_000)
  assert.ok(count(loud, 200) >= 5 * 4 && count(loud, 200) <= 5 + 5 * 8, `${count(loud, 200)} in 4 s`)
  assert.equal(count(loud, 200) + count(loud, 429), loud.statuses.length)
})
