import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { generateSigningJwk, readSigningKey, requireContext } from '@tenantry/context'
import {
  type CloudEvent,
  eventDigest,
  type ReceivedEvent,
  type SignedEvent,
  signEvent,
  writeEventToHttp,
} from '@tenantry/propagation'
import Fastify from 'fastify'
import { Agent, request } from 'undici'
import { createNoteDatabase } from '../test/note-database.ts'
import { TestPlatform } from '../test/test-platform.ts'
import { tenantry } from './fastify.ts'
import { emit } from './index.ts'
import { Pool } from './pg.ts'

const database = await createNoteDatabase()
const platform = await TestPlatform.start(database.address)
await database.install(platform.master)
platform.becomeDeployment()
const eventKey = readSigningKey(generateSigningJwk())

const handled: { tenant: string; event: ReceivedEvent }[] = []
let fault: (() => unknown) | undefined

const db = new Pool()
const app = Fastify()
await app.register(tenantry, { db })
app.get('/tenant', async () => ({ tenant: requireContext().tenant.id }))
app.onEvent('note.wanted', async (event, transaction) => {
  handled.push({ tenant: requireContext().tenant.id, event })
  await transaction.query('insert into notes (text) values ($1)', [event.id])
  await emit(transaction, 'note.written', { of: event.id })
  await fault?.()
})
const origin = await app.listen({ host: '127.0.0.1', port: 0 })
const client = new Agent({ connections: 20 })

after(async () => {
  await client.destroy()
  await app.close()
  await db.end()
  await database.remove()
  platform.stop()
})
beforeEach(() => {
  handled.length = 0
  fault = undefined
})

function wanted(tenantid: string, changes: Partial<CloudEvent> = {}): SignedEvent {
  const event: CloudEvent = {
    specversion: '1.0',
    id: randomUUID(),
    source: 'urn:tenantry:service:order',
    type: 'note.wanted',
    time: new Date().toISOString().replace(/\.\d+/, ''),
    datacontenttype: 'application/json',
    tenantid,
    data: '{ "total": 1.50 }',
    ...changes,
  }
  return signEvent(event, eventKey)
}

/** The token of one event, for the tenant of the token service's word. */
function tokenFor(event: SignedEvent, tenant: string = event.tenantid): string {
  const { id, type } = event
  const tctx = { tenant: { id: tenant, tier: 'basic' }, event: { id, type, digest: eventDigest(event) } }
  return platform.token(tenant, { tctx })
}

async function deliver(event: SignedEvent, token: string | undefined = tokenFor(event)) {
  const { headers, body } = writeEventToHttp(event)
  const answer = await request(`${origin}/.tenantry/events`, {
    dispatcher: client,
    method: 'POST',
    headers: { ...headers, ...platform.caller(), 'txn-token': token },
    body,
  })
  const told = await answer.body.text()
  return { status: answer.statusCode, code: told ? (JSON.parse(told).code as string) : undefined }
}

/** How often the effect of an event is there, and for whom. */
async function effectsOf({ id }: SignedEvent): Promise<string[]> {
  const { rows } = await database.admin.query<{ tenant: string }>(
    'select tenantry_tenant as tenant from note.notes where text = $1',
    [id],
  )
  return rows.map(({ tenant }) => tenant)
}

test('a delivery is handled in the scope of its tenant, its data as it was emitted', async () => {
  const event = wanted('tenant-a', { subject: 'order-7' })
  assert.deepEqual(await deliver(event), { status: 204, code: undefined })
  assert.deepEqual(await effectsOf(event), ['tenant-a'])
  assert.equal(handled[0]?.tenant, 'tenant-a')
  const { id, source, type, subject, data } = handled[0].event
  assert.deepEqual([id, source, type, subject], [event.id, event.source, 'note.wanted', 'order-7'])
  assert.deepEqual(data, { total: 1.5 })
  assert.doesNotMatch(JSON.stringify(handled[0].event), /tenant-a/)
})

test('an event that is delivered again, also at the same time, has the effect of once', async () => {
  const event = wanted('tenant-a')
  const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(event)))
  answers.push(await deliver(event))
  assert.ok(answers.every(({ status }) => status === 204))
  assert.deepEqual(await effectsOf(event), ['tenant-a'])
})

test('what a handler emits commits with its effect', async () => {
  const event = wanted('tenant-a')
  await deliver(event)
  const { rows } = await database.admin.query(
    `select tenantry_tenant as tenant, type from note.outbox where data::json ->> 'of' = $1`,
    [event.id],
  )
  assert.deepEqual(rows, [{ tenant: 'tenant-a', type: 'note.written' }])
})

test('an event whose handler fails leaves nothing behind and can be delivered again', async () => {
  const event = wanted('tenant-a')
  fault = () => {
    throw new Error('no')
  }
  assert.deepEqual(await deliver(event), { status: 500, code: 'INTERNAL' })
  assert.deepEqual(await effectsOf(event), [])
  fault = undefined
  assert.equal((await deliver(event)).status, 204)
  assert.deepEqual(await effectsOf(event), ['tenant-a'])
})

test('a token that is not for the event is refused, and nothing is handled', async () => {
  const event = wanted('tenant-a')
  const [other, foreign] = [wanted('tenant-a'), wanted('tenant-b')]
  const { id, type } = event
  const digest = eventDigest(event)
  const spoilt = (origin: { id: string; type: string; digest: string }) =>
    platform.token('tenant-a', { tctx: { tenant: { id: 'tenant-a', tier: 'basic' }, event: origin } })
  for (const [case_, delivered, token] of [
    ['a user’s token', event, platform.token('tenant-a')],
    ['another event’s token', event, tokenFor(other)],
    ['another id', event, spoilt({ id: other.id, type, digest })],
    ['another type', event, spoilt({ id, type: 'note.unhandled', digest })],
    ['another digest', event, spoilt({ id, type, digest: eventDigest(other) })],
    ['another tenant’s token', event, tokenFor(event, 'tenant-b')],
    ['another tenant’s event', foreign, tokenFor(foreign, 'tenant-a')],
    ['data that was changed', { ...event, data: '{ "total": 0 }' }, tokenFor(event)],
    ['a tenant that was changed', { ...event, tenantid: 'tenant-b' }, tokenFor(event, 'tenant-b')],
  ] as const) {
    assert.deepEqual(await deliver(delivered, token), { status: 403, code: 'EVENT_REFUSED' }, case_)
  }
  assert.deepEqual(handled, [])
  assert.deepEqual([...(await effectsOf(event)), ...(await effectsOf(foreign))], [])
})

test('a delivery without a token is 401, and one that is no event is 400', async () => {
  const event = wanted('tenant-a')
  assert.deepEqual(await deliver(event, ''), { status: 401, code: 'TOKEN_MISSING' })
  const answer = await request(`${origin}/.tenantry/events`, {
    dispatcher: client,
    method: 'POST',
    headers: { ...platform.caller(), 'txn-token': tokenFor(event), 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(answer.statusCode, 400)
  assert.equal(((await answer.body.json()) as { code: string }).code, 'EVENT_MALFORMED')
})

test('a type without a handler is 404', async () => {
  const event = wanted('tenant-a', { type: 'note.unhandled' })
  assert.deepEqual(await deliver(event), { status: 404, code: 'EVENT_UNHANDLED' })
})

test('a suspended tenant’s event is refused with 403', async () => {
  platform.suspended.add('tenant-suspended')
  const event = wanted('tenant-suspended')
  assert.deepEqual(await deliver(event), { status: 403, code: 'TENANT_SUSPENDED' })
  assert.deepEqual(await effectsOf(event), [])
})

test('an event’s token opens ordinary routes, and goes along with the handler’s own calls', async (t) => {
  const product = createServer(({ headersDistinct }, response) => {
    response.end(JSON.stringify({ tokens: headersDistinct['txn-token'] }))
  }).listen(0, '127.0.0.1')
  t.after(() => {
    product.close()
    product.closeAllConnections()
  })
  await once(product, 'listening')
  const bound = product.address()
  assert.ok(typeof bound === 'object' && bound)
  platform.routes.set('product', `http://127.0.0.1:${bound.port}`)
  let carried: unknown
  fault = async () => {
    carried = await (await fetch('http://product/')).json()
  }
  const event = wanted('tenant-a')
  const token = tokenFor(event)
  assert.equal((await deliver(event, token)).status, 204)
  assert.deepEqual(carried, { tokens: [token] })
  const answer = await request(`${origin}/tenant`, {
    dispatcher: client,
    headers: { ...platform.caller(), 'txn-token': token },
  })
  assert.deepEqual([answer.statusCode, await answer.body.json()], [200, { tenant: 'tenant-a' }])
})

test('of two hundred interleaved deliveries each has its effect for its own tenant', async () => {
  fault = () => delay(1)
  const events = Array.from({ length: 200 }, (_, at) => wanted(`tenant-${at % 40}`))
  const answers = await Promise.all(events.map((event) => deliver(event)))
  assert.ok(answers.every(({ status }) => status === 204))
  for (const event of events) assert.deepEqual(await effectsOf(event), [event.tenantid])
})

test('a type that the service does not declare cannot be handled', () => {
  assert.throws(() => app.onEvent('order.paid', () => undefined), {
    code: 'EVENT_UNDECLARED',
    message: '`note` cannot handle `order.paid`',
  })
})
