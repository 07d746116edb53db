import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { type Explanation, StateFolder } from '@tenantry/platform'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'

/** What an order brings about, by whoever kept it; a number stands for the silo's name. */
const wayOfAnOrder = [
  'gateway POST /orders',
  'order POST /orders',
  'product GET /products/:id',
  'order emitted order.placed',
  'relay stored order.placed',
  'relay delivered order.placed to order: done',
  'order POST /.tenantry/events',
  'fulfillment POST /fulfillments',
  'fulfillment emitted order.fulfilled',
  'relay stored order.fulfilled',
  'relay delivered order.fulfilled to invoice: done',
  'invoice POST /.tenantry/events',
  'product GET /products/:id',
]

/** Why a request went as it did, as an operator asks for it. */
export function describeExplain(system: RunningSystem): void {
  describe('what is told of a request', () => {
    for (const [tenant, tier, kind] of [
      ['tenant-a', 'basic', 'pool'],
      ['tenant-b', 'advanced', 'pool'],
      ['tenant-c', 'premium', 'silo'],
    ] as const) {
      it(`of an order of ${tenant} is each hop, call and event of it, and which rule placed it`, async () => {
        const id = await placeOrder(system, tenant)
        const explained = await explainWhole(system, id)
        assert.deepEqual(explained.tenant, { id: tenant, tier })
        assert.deepEqual([explained.status, explained.refusal, explained.complete], [200, null, true])
        assert.deepEqual(explained.unread, [])
        assert.equal(explained.placement?.kind, kind)
        assert.match(
          explained.placement?.deployment ?? '',
          kind === 'pool' ? /^order\.pool$/ : /^order\.[0-9a-f]{8}$/,
        )
        assert.match(
          explained.placement?.placedBy ?? '',
          new RegExp(`^tiers\\.${tier}\\.placement(\\.\\*)?$`),
        )
        assert.deepEqual(explained.identity?.claims, {
          ...{ tenant: 'custom:tenant_id', subject: 'sub', role: 'custom:role' },
        })
        assert.deepEqual(namesOf(explained).sort(), [...wayOfAnOrder].sort())
        for (const hop of explained.hops) assert.equal(hop.tenant, tenant)
        const ofGateway = explained.hops[0]
        assert.ok(ofGateway?.kind === 'gateway' && ofGateway.ms > 0)
        // Who called is told too: product was asked by order, and by invoice.
        const callers = explained.hops.flatMap((hop) =>
          hop.kind === 'service' && hop.service === 'product' ? [String(hop.caller).split('.')[0]] : [],
        )
        assert.deepEqual(callers.sort(), ['invoice', 'order'])
      })
    }

    it('is found by the trace as well, which a client chose for one request alone', async () => {
      const traceId = randomBytes(16).toString('hex')
      const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
      const answer = await system.call('tenant-a', 'GET', '/products', undefined, headers)
      const id = answer.headers.get('x-request-id') ?? ''
      assert.equal((await explain(system, traceId)).request, id)
      const other = await system.call('tenant-d', 'GET', '/products', undefined, headers)
      const { status, body } = await ask(system, traceId)
      assert.deepEqual([status, body.code], [409, 'TRACE_OF_SEVERAL'])
      assert.match(String(body.help), new RegExp(`${id}, ${other.headers.get('x-request-id')}`))
      // By its id, each is explained by itself.
      assert.ok((await explain(system, id)).hops.every(({ tenant }) => tenant === 'tenant-a'))
    })

    it('is printed for a person, with a line for each hop, and as JSON', async () => {
      const id = await placeOrder(system, 'tenant-b')
      await explainWhole(system, id)
      const printed = await system.tenantry('explain', id)
      assert.match(printed, new RegExp(`^request +${id}$`, 'm'))
      assert.match(printed, /^tenant +tenant-b \(advanced\)$/m)
      assert.match(
        printed,
        /^placed +order\.pool by services\.order\.routes and tiers\.advanced\.placement\.\*$/m,
      )
      assert.match(
        printed,
        /^resolved +token of http:\/\/localhost:\d+ \(custom:tenant_id, sub, custom:role\)$/m,
      )
      assert.match(printed, /^ +0\.0 +[\d.]+ +━+ +gateway +POST \/orders → 200$/m)
      assert.match(printed, /━+ +invoice\.[0-9a-f]{8} +handled order\.fulfilled → 204 from relay$/m)
      const { hops, ...json } = JSON.parse(await system.tenantry('explain', id, '--json')) as Explanation
      assert.equal(json.request, id)
      assert.equal(hops.length, wayOfAnOrder.length)
    })

    it('holds for a refused request, by the id in its answer: 401, 403, 404, 429, and bytes that are no request', async () => {
      const refused = async (answer: Promise<{ headers: Headers; status: number }>) => {
        const { headers, status } = await answer
        const explained = await explain(system, headers.get('x-request-id') ?? '')
        assert.equal(explained.status, status)
        assert.deepEqual([explained.hops.length, explained.refusal?.by], [1, 'gateway'])
        return explained
      }
      const nobody = await refused(system.call(null, 'GET', '/orders'))
      assert.equal(nobody.refusal?.code, 'ACCESS_TOKEN_MISSING')
      assert.deepEqual([nobody.tenant, nobody.placement, nobody.identity?.issuer], [null, null, null])

      const chosen = await refused(
        system.call('tenant-a', 'GET', '/orders', undefined, { 'tenantry-active-tenant': 'tenant-b' }),
      )
      assert.deepEqual([chosen.refusal?.code, chosen.refusal?.setting], ['TENANT_CHOICE_REFUSED', 'identity'])

      const lost = await refused(system.call('tenant-a', 'GET', '/secret-path?secret-query=1'))
      assert.deepEqual([lost.refusal?.code, lost.tenant?.id], ['ROUTE_UNKNOWN', 'tenant-a'])
      assert.doesNotMatch(JSON.stringify(lost), /secret/)

      await system.tenantry('limit', 'tenant-d', '--requests-per-second', '0.01')
      try {
        const limited = await refused(untilLimited(system, 'tenant-d'))
        assert.deepEqual(limited.refusal, {
          ...{ by: 'gateway', status: 429, code: 'LIMIT_EXCEEDED' },
          limit: { by: 'rate', max: 0.01 },
          setting: 'tenantry limit tenant-d',
        })
        assert.deepEqual([limited.tenant?.id, limited.placement?.deployment], ['tenant-d', 'order.pool'])
      } finally {
        await system.tenantry('limit', 'tenant-d', '--clear')
      }

      const malformed = await explain(system, await sendMalformed(system))
      assert.deepEqual([malformed.status, malformed.refusal?.code], [400, 'REQUEST_MALFORMED'])
    })

    it('holds no token, header, body or query that anyone sent', async () => {
      const secret = `secret-${randomBytes(8).toString('hex')}`
      const headers = { 'x-secret': secret, cookie: secret, tracestate: `vendor=${secret}` }
      const body = { name: secret, price: '1' }
      const made = await system.call('tenant-a', 'POST', `/products?q=${secret}`, body, headers)
      const id = made.headers.get('x-request-id') ?? ''
      assert.equal((await explainWith(system, id, 2)).hops.length, 2)
      const token = await system.token('tenant-a')
      for (const socket of operatorSockets(system)) {
        const kept = await askSocket(socket, id)
        for (const text of [secret, token, token.split('.')[2] ?? '', 'eyJ'])
          assert.ok(!kept.includes(text), socket)
      }
    })

    it('is for operators alone: a tenant’s token, none and a guess are 401, and the gateway has no such page', async () => {
      const { headers } = await system.call('tenant-a', 'GET', '/products')
      const id = headers.get('x-request-id') ?? ''
      await explain(system, id)
      for (const token of ['', 'x', await system.token('tenant-a', 'admin')]) {
        const { status, body } = await ask(system, id, token)
        assert.deepEqual([status, body.code], [401, 'ADMIN_REFUSED'])
      }
      for (const path of [`/explain/${id}`, `/hops?id=${id}`])
        assert.equal((await system.call('tenant-a', 'GET', path)).status, 404)
    })

    it('is over for an unknown id, which is told with how long records are kept', async () => {
      const { status, body } = await ask(system, randomUUID())
      assert.deepEqual([status, body.code], [404, 'REQUEST_UNKNOWN'])
      assert.match(
        String(body.help),
        /newest 8 MiB of records, for 24h at most .* oldest at the gateway is of \d{4}-/,
      )
      assert.equal((await ask(system, '%0a')).status, 400)
      await assert.rejects(system.tenantry('explain', randomUUID()), /REQUEST_UNKNOWN.*\n.*for 24h at most/)
    })
  })
}

async function placeOrder(system: RunningSystem, tenant: string): Promise<string> {
  const product = await system.product(tenant, '3.50')
  const body = { name: 'Explained', products: [product] }
  const placed = await system.call(tenant, 'POST', '/orders', body)
  assert.equal(placed.status, 200)
  return placed.headers.get('x-request-id') ?? ''
}

async function ask(
  system: RunningSystem,
  id: string,
  token?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await system.operate(`/explain/${id}`, token === undefined ? {} : { token })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

async function explain(system: RunningSystem, id: string): Promise<Explanation> {
  const { status, body } = await ask(system, id)
  assert.equal(status, 200, JSON.stringify(body))
  return body as unknown as Explanation
}

/** Explains it once so much of it is over; what an answer began goes on after it. */
async function explainWith(system: RunningSystem, id: string, hops: number): Promise<Explanation> {
  await eventually(15_000, async () => (await explain(system, id)).hops.length >= hops)
  return explain(system, id)
}

const explainWhole = (system: RunningSystem, id: string) => explainWith(system, id, wayOfAnOrder.length)

function namesOf({ hops }: Explanation): string[] {
  return hops.map((hop) => {
    const process = hop.process.split('.')[0]
    switch (hop.kind) {
      case 'gateway':
      case 'service':
        return `${process} ${hop.method} ${hop.route}`
      case 'delivered':
        return `${process} delivered ${hop.event.type} to ${hop.service}: ${hop.outcome}`
      default:
        return `${process} ${hop.kind} ${hop.event.type}`
    }
  })
}

async function untilLimited(system: RunningSystem, tenant: string) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await system.call(tenant, 'GET', '/orders')
    if (answer.status === 429) return answer
  }
  return assert.fail('it was never limited')
}

/** Sends what is no HTTP and returns the id in the answer. */
async function sendMalformed({ gateway }: RunningSystem): Promise<string> {
  const socket = connect(Number(new URL(gateway).port), '127.0.0.1')
  socket.write('GARBAGE\r\n\r\n')
  return /^x-request-id: (.+)$/m.exec(await text(socket))?.[1]?.trim() ?? assert.fail('it was not answered')
}

function operatorSockets({ home }: RunningSystem): string[] {
  const { runFolder: folder } = new StateFolder(home)
  const sockets = readdirSync(folder).filter((name) => /^(gateway|relay|[a-z]+\.[a-z0-9]+)\.sock$/.test(name))
  assert.ok(sockets.length >= 6, sockets.join())
  return sockets.map((name) => join(folder, name))
}

async function askSocket(socketPath: string, id: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  request({ socketPath, path: `/hops?id=${id}` }, (answer) => text(answer).then(resolve, reject))
    .on('error', reject)
    .end()
  return promise
}
