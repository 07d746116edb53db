// Over 250 lines because a process is one deployment: a second file would need a second database.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { generateSigningJwk, readContext, readScope, requireContext, type Scope } from '@tenantry/context'
import Fastify, { type FastifyRequest } from 'fastify'
import { Agent, request } from 'undici'
import { createNoteDatabase } from '../test/note-database.ts'
import { TestPlatform } from '../test/test-platform.ts'
import { tenantry } from './fastify.ts'
import { count } from './index.ts'
import { Pool } from './pg.ts'

const database = await createNoteDatabase()
const platform = await TestPlatform.start(database.address)
await database.install(platform.master)
platform.becomeDeployment()

const scopes: Scope[] = []
const signals = new EventEmitter()
const waiting: (() => void)[] = []
const seenByHook: (string | undefined)[] = []
const batchSize = 10

const db = new Pool()
const app = Fastify()
await app.register(tenantry, { db })

app.addHook('preValidation', async () => {
  seenByHook.push(readContext()?.tenant.id)
})
// A hook as a driver's callback would be: it goes on from the context of whichever request came last.
const batch = (stage: string) => (incoming: FastifyRequest, _reply: unknown, done: () => void) => {
  if (incoming.headers['x-batched'] !== stage) return done()
  waiting.push(done)
  if (waiting.length === batchSize) for (const go of waiting.splice(0)) go()
}
app.addHook('preValidation', batch('preValidation'))
app.addHook('preHandler', batch('preHandler'))

app.post<{ Body: { text: string } }>('/notes', async ({ body }) => {
  await db.query('insert into notes (text) values ($1)', [body.text])
  await delay(1)
  const { rows } = await db.query<{ text: string }>('select * from notes')
  count('note.created')
  return { tenant: requireContext().tenant.id, notes: rows }
})
app.get('/tenant', async () => ({ tenant: requireContext().tenant.id }))
app.get('/headers', async ({ headers, raw: { rawHeaders } }) => ({ headers, rawHeaders }))
app.get('/held', async () => {
  const scope = readScope()
  assert.ok(scope)
  scopes.push(scope)
  signals.emit('held')
  await once(signals, 'release')
  return { released: true }
})
app.get('/product', async () => (await fetch('http://product/products/1')).json())
app.get('/undeclared', () => fetch('http://note/notes'))
app.get<{ Params: { status: string } }>('/fail/:status', ({ params: { status } }) => {
  throw Object.assign(new Error('told'), { statusCode: Number(status) })
})
app.get('/break', () => {
  throw new Error('the password is hunter2')
})
const origin = await app.listen({ host: '127.0.0.1', port: 0 })
// The deployment's own dispatcher would take the token off: this is a client of its own.
const client = new Agent({ connections: 50 })

after(async () => {
  await client.destroy()
  await app.close()
  await db.end()
  await database.remove()
  platform.stop()
})
beforeEach(() => {
  scopes.length = 0
})

interface Call {
  method?: 'GET' | 'POST'
  body?: string | AsyncIterable<Buffer>
  headers?: Record<string, string>
}

async function call(path: string, tokens: string[], { method = 'GET', body, headers = {} }: Call = {}) {
  const sent = [
    ...Object.entries({ ...platform.caller(), ...headers }),
    ...tokens.map((token) => ['Txn-Token', token]),
  ].flat()
  const answer = await request(origin + path, {
    dispatcher: client,
    method,
    headers: body === undefined ? sent : [...sent, 'content-type', 'application/json'],
    ...(body === undefined ? {} : { body: body as string }),
  })
  return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> }
}

const as = (tenant: string) => [platform.token(tenant)]

/** A body that arrives in two parts, so that it is parsed in another turn than its request was accepted in. */
async function* inTwoParts(body: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(body)
  yield bytes.subarray(0, 3)
  await delay(1)
  yield bytes.subarray(3)
}

test('a handler runs in the scope of its token, after a body was parsed late', async () => {
  const body = inTwoParts(JSON.stringify({ text: 'mine' }))
  const answer = await call('/notes', as('tenant-late'), { method: 'POST', body })
  assert.deepEqual(answer, { status: 200, body: { tenant: 'tenant-late', notes: answer.body.notes } })
  assert.deepEqual(
    (answer.body.notes as { text: string }[]).map((note) => note.text),
    ['mine'],
  )
})

test('the service’s own hooks run in the scope, once the body was parsed', async () => {
  seenByHook.length = 0
  await call('/notes', as('tenant-hook'), { method: 'POST', body: inTwoParts('{"text":"x"}') })
  assert.deepEqual(seenByHook, ['tenant-hook'])
})

test('of a thousand interleaved tenants each is answered with its own rows, on a pool of five', async () => {
  const tenants = Array.from({ length: 1_000 }, (_, at) => `tenant-${at}`)
  const answers = await Promise.all(
    tenants.map((tenant) =>
      call('/notes', as(tenant), {
        method: 'POST',
        body: inTwoParts(JSON.stringify({ text: `of ${tenant}` })),
      }),
    ),
  )
  for (const [at, { status, body }] of answers.entries()) {
    const tenant = tenants[at]
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.tenant, tenant)
    assert.deepEqual(
      (body.notes as { text: string }[]).map((note) => note.text),
      [`of ${tenant}`],
    )
  }
  const { rows } = await database.admin.query(
    `select from note.notes where text like 'of %' and text <> 'of ' || tenantry_tenant`,
  )
  assert.equal(rows.length, 0)
})

for (const stage of ['preValidation', 'preHandler']) {
  test(`a ${stage} hook that calls back from another request’s context does not change the handler’s`, async () => {
    const tenants = Array.from({ length: batchSize }, (_, at) => `tenant-${at}`)
    const answers = await Promise.all(
      tenants.map((tenant) => call('/tenant', as(tenant), { headers: { 'x-batched': stage } })),
    )
    assert.deepEqual(
      answers.map(({ body }) => body.tenant),
      tenants,
    )
  })
}

test('the scope is open while the handler runs and closed after the answer', async () => {
  const answer = call('/held', as('tenant-a'))
  await held()
  assert.equal(scopes[0]?.open, true)
  signals.emit('release')
  assert.equal((await answer).status, 200)
  await settled(() => scopes[0]?.open === false)
})

test('the scope is closed when the caller goes away', async () => {
  const headers = { ...platform.caller(), 'txn-token': platform.token('tenant-a') }
  const gone = new AbortController()
  const call = request(`${origin}/held`, { dispatcher: client, headers, signal: gone.signal })
  call.catch(() => undefined)
  await held()
  gone.abort()
  await settled(() => scopes[0]?.open === false)
  signals.emit('release')
})

test('a handler sees neither the token nor who brought it', async () => {
  const { body } = await call('/headers', as('tenant-a'), { headers: { 'x-own': '1' } })
  assert.equal((body.headers as Record<string, string>)['x-own'], '1')
  assert.doesNotMatch(JSON.stringify(body), /txn-token|tenantry-caller/i)
})

test('outside a request there is no scope, and no data', async () => {
  assert.equal(readContext(), undefined)
  await assert.rejects(async () => db.query('select 1'), { code: 'CONTEXT_MISSING' })
})

test('no token, two tokens and bad tokens are 401 with code, message and request id', async () => {
  const nowS = Math.floor(Date.now() / 1000)
  const good = platform.token('tenant-a')
  for (const [tokens, code] of [
    [[], 'TOKEN_MISSING'],
    [[''], 'TOKEN_MISSING'],
    [[good, good], 'TOKEN_MISSING'],
    [[`${good}, ${good}`], 'TOKEN_MALFORMED'],
    [['x'], 'TOKEN_MALFORMED'],
    [[`${good.split('.').slice(0, 2).join('.')}.`], 'TOKEN_MALFORMED'],
    [[`${good.slice(0, -86)}${'A'.repeat(86)}`], 'TOKEN_SIGNATURE'],
    [[platform.token('tenant-a', { exp: nowS - 1 })], 'TOKEN_EXPIRED'],
    [[platform.token('tenant-a', { aud: 'elsewhere' })], 'TOKEN_AUDIENCE'],
    [[platform.token('tenant-a', {}, generateSigningJwk())], 'TOKEN_KEY_UNKNOWN'],
    [[platform.token('Tenant-A')], 'TOKEN_MALFORMED'],
  ] as const) {
    const { status, body } = await call('/tenant', [...tokens])
    assert.equal(status, 401, code)
    assert.deepEqual(Object.keys(body).sort(), ['code', 'message', 'request_id'])
    assert.equal(body.code, code)
  }
})

test('a path that is not routed is 404, and 401 without a token', async () => {
  assert.equal((await call('/nowhere', as('tenant-a'))).status, 404)
  assert.equal((await call('/nowhere', [])).status, 401)
})

test('Fastify’s own `inject` is held to the same', async () => {
  assert.equal((await app.inject('/tenant')).statusCode, 401)
  const answer = await app.inject({
    url: '/tenant',
    headers: { ...platform.caller(), 'txn-token': platform.token('tenant-a') },
  })
  assert.deepEqual(answer.json(), { tenant: 'tenant-a' })
})

test('bad JSON is 400 with a message that names the body', async () => {
  for (const body of ['{"text": ', '', '{"__proto__": {"x": 1}}']) {
    const answer = await call('/notes', as('tenant-a'), { method: 'POST', body })
    assert.equal(answer.status, 400, body)
    assert.match(String(answer.body.message), /body|JSON|prototype/i)
  }
})

test('a service’s own status stays, and nothing is told of what broke', async () => {
  const refused = await call('/fail/409', as('tenant-a'))
  assert.deepEqual([refused.status, refused.body.message], [409, 'told'])
  const unavailable = await call('/fail/503', as('tenant-a'))
  assert.deepEqual([unavailable.status, unavailable.body.code], [503, 'INTERNAL'])
  const broken = await call('/break', [platform.token('tenant-a', { txn: 'request-7' })])
  assert.equal(broken.status, 500)
  assert.deepEqual(broken.body, { code: 'INTERNAL', message: 'internal error', request_id: 'request-7' })
})

test('an error of the platform is answered with its status and code', async () => {
  platform.suspended.add('tenant-suspended')
  const body = JSON.stringify({ text: 'no' })
  const answer = await call('/notes', as('tenant-suspended'), { method: 'POST', body })
  assert.deepEqual([answer.status, answer.body.code], [403, 'TENANT_SUSPENDED'])
  const undeclared = await call('/undeclared', as('tenant-a'))
  assert.deepEqual([undeclared.status, undeclared.body.code], [500, 'CALL_UNDECLARED'])
})

test('a call to a declared service goes to its deployment with the same token, in the same trace', async (t) => {
  const product = createServer(({ url, headersDistinct }, response) => {
    const { 'txn-token': tokens, traceparent, tracestate } = headersDistinct
    response.end(JSON.stringify({ url, tokens, traceparent, tracestate }))
  }).listen(0, '127.0.0.1')
  t.after(() => {
    product.close()
    product.closeAllConnections()
  })
  await once(product, 'listening')
  const bound = product.address()
  assert.ok(typeof bound === 'object' && bound)
  platform.routes.set('product', `http://127.0.0.1:${bound.port}`)
  const token = platform.token('tenant-a')
  const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
  const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=1' }
  const { traceparent, ...body } = (await call('/product', [token], { headers })).body
  assert.deepEqual(body, { url: '/products/1', tokens: [token], tracestate: ['a=1'] })
  assert.match(String(traceparent), new RegExp(`^00-${traceId}-(?!${spanId}).{16}-01$`))
  const { body: anew } = await call('/product', [token], { headers: { ...headers, traceparent: 'x' } })
  assert.match(String(anew.traceparent), new RegExp(`^00-(?!${traceId}).{32}-.{16}-03$`))
  assert.equal(anew.tracestate, undefined)
})

test('the operator socket answers health and metrics, by tenant, and nothing else', async () => {
  await call('/tenant', as('tenant-a'))
  await call('/tenant', [])
  assert.deepEqual(await askOperator('GET', '/health'), { status: 200, body: '{"status":"ok"}' })
  const { status, body } = await askOperator('GET', '/metrics')
  assert.equal(status, 200)
  const requests = body
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count'))
  assert.ok(requests.some((line) => line.includes('tenant_id="tenant-a"') && line.includes('"/tenant"')))
  const refused = requests.filter((line) => line.includes('status_code="401"'))
  assert.ok(refused.length > 0 && refused.every((line) => !line.includes('tenant_id')))
  assert.match(body, /note_created_total\{[^}]*tenant_id="tenant-late"/)
  for (const [method, path] of [
    ['POST', '/metrics'],
    ['GET', '/'],
  ] as const) {
    assert.equal((await askOperator(method, path)).status, 404)
  }
})

async function askOperator(method: string, path: string): Promise<{ status: number; body: string }> {
  const call = httpRequest({ socketPath: platform.operatorSocket, method, path }).end()
  const [answer] = await once(call, 'response')
  return { status: answer.statusCode, body: await text(answer) }
}

/** Settles when a handler holds its request; rejects after 2 s. */
const held = () => once(signals, 'held', { signal: AbortSignal.timeout(2_000) })

/** Settles once `check` holds; rejects after 2 s. */
async function settled(check: () => boolean): Promise<void> {
  const deadline = Date.now() + 2_000
  while (!check()) {
    assert.ok(Date.now() < deadline, `not so within 2 s: ${check}`)
    await delay(5)
  }
}
