import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import { eventually } from './eventually.ts'
import { postgresUrl } from './postgres-url.ts'
import type { RunningSystem } from './running-system.ts'

interface Line {
  readonly log: string
  readonly request_id?: string
  readonly trace_id?: string
  readonly tenant?: string
  readonly method?: string
  readonly route?: string
  readonly status?: number
}

/** What one order brings about, from the client's request to the invoice's prices, in the order in which it begins. */
const wayOfAnOrder = [
  'gateway POST',
  'order POST /orders',
  'product GET /products/:id',
  'order POST /.tenantry/events',
  'fulfillment POST /fulfillments',
  'invoice POST /.tenantry/events',
  'product GET /products/:id',
]

/** One request's way through services and events is one trace, by the access logs of all of them. */
export function describeTraces(system: RunningSystem): void {
  describe('the trace of an order', () => {
    for (const tenant of ['tenant-a', 'tenant-b', 'tenant-c']) {
      it(`of ${tenant} leads through gateway, product, order, fulfillment and invoice, by the id its client chose`, async () => {
        const traceId = randomBytes(16).toString('hex')
        await placeOrder(system, tenant, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` })
        const lines = await wayOf(system, traceId)
        for (const line of lines) assert.equal(line.tenant, tenant)
        // The events' handling has the event's id for its request: the trace alone tells that it is one way.
        assert.ok(new Set(lines.map(({ request_id }) => request_id)).size >= 3)
      })
    }

    it('carries what tracing systems say of it through every event, under its signature, and what is none is left out', async () => {
      const said = 'vendor=t61rcWkgMzE,other@system=00-f0'
      for (const [tracestate, kept] of [
        [said, said],
        ['vendor=1,vendor=2', undefined],
        [Array.from({ length: 33 }, (_, at) => `k${at}=v`).join(), undefined],
      ] as const) {
        const traceId = randomBytes(16).toString('hex')
        const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
        await placeOrder(system, 'tenant-b', { traceparent, tracestate })
        await wayOf(system, traceId)
        const events = await eventsOf(system, traceId)
        // The second is emitted by what handled the first.
        assert.deepEqual(
          events.map(({ type }) => type),
          ['order.placed', 'order.fulfilled'],
        )
        for (const event of events) {
          assert.equal(event.tracestate, kept)
          assert.equal(
            event.signedextattrs,
            ['tenantid', 'traceparent', ...(kept ? ['tracestate'] : [])].join(),
          )
        }
      }
    })

    it('is begun by the gateway where the client has none, or none that is valid', async () => {
      const bad = `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`
      for (const headers of [{}, { traceparent: bad }]) {
        const requestId = await placeOrder(system, 'tenant-a', headers)
        const isLogged = () => readLines(system).some(({ request_id }) => request_id === requestId)
        await eventually(5_000, async () => isLogged())
        const ofRequest = readLines(system).filter(({ request_id }) => request_id === requestId)
        const [traceId = '', ...more] = new Set(ofRequest.map(({ trace_id }) => trace_id))
        assert.match(traceId, /^(?!0{32})[\da-f]{32}$/)
        assert.deepEqual(more, [])
        await wayOf(system, traceId)
      }
    })
  })
}

async function placeOrder(system: RunningSystem, tenant: string, headers: object): Promise<string> {
  const product = await system.product(tenant, '3.50')
  const body = { name: 'Traced', products: [product] }
  const placed = await system.call(tenant, 'POST', '/orders', body, headers)
  assert.equal(placed.status, 200)
  await system.invoice(tenant, (placed.body.order as { order_id: string }).order_id)
  return placed.headers.get('x-request-id') ?? ''
}

/** The lines of a trace, once they are all there. */
async function wayOf(system: RunningSystem, traceId: string): Promise<Line[]> {
  const find = () => readLines(system).filter(({ trace_id }) => trace_id === traceId)
  await eventually(5_000, async () => {
    const seen = find().map(({ log, method, route }) =>
      [log.split('.')[0], method, route].filter(Boolean).join(' '),
    )
    return wayOfAnOrder.every((step) => {
      const at = seen.indexOf(step)
      seen.splice(at, at < 0 ? 0 : 1)
      return at >= 0
    })
  })
  return find()
}

/** The events of a trace as they were stored on the bus, in that order. */
async function eventsOf(system: RunningSystem, traceId: string): Promise<Record<string, string>[]> {
  const client = new Client(postgresUrl(system, 'tenantry_bus'))
  await client.connect()
  const { rows } = await client.query<{ event: string }>(
    'select event from events where event like $1 order by stored_at',
    [`%"traceparent":"00-${traceId}-%`],
  )
  await client.end()
  return rows.map(({ event }) => JSON.parse(event))
}

function readLines({ home }: RunningSystem): Line[] {
  const folder = join(home, 'logs')
  return readdirSync(folder).flatMap((log) =>
    readFileSync(join(folder, log), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => ({ ...(JSON.parse(line) as Omit<Line, 'log'>), log })),
  )
}
