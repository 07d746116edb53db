import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { hasCode, inScope, install, listen } from '../test/call-plant.ts'

const token = 'token of tenant-a'

async function answerTo(request: ClientRequest): Promise<number> {
  const [answer] = (await once(request.end(), 'response')) as [IncomingMessage]
  await text(answer)
  return answer.statusCode ?? 0
}

const get = (target: RequestOptions) => inScope(() => answerTo(http.request(target)))

test('a header of ours that is set after the request was made is not sent', async () => {
  const [product, foreign] = [await listen(), await listen()]
  install({ product: product.origin })
  for (const origin of ['http://product', foreign.origin]) {
    const status = await inScope(() => {
      const request = http.request(origin)
      request.setHeader('Txn-Token', 'planted').setHeader('x-y', '1')
      request.appendHeader('TXN-TOKEN', 'planted')
      request.setHeaders(new Map([['txn-token', 'planted']]))
      return answerTo(request)
    })
    assert.equal(status, 200)
  }
  assert.deepEqual(product.seen[0]?.token, [token])
  assert.doesNotMatch(foreign.seen[0]?.head ?? '', /txn-token|planted/i)
  assert.match(foreign.seen[0]?.head ?? '', /x-y/)
})

test('headers that are written at once reach a foreign host without ours, and no service', async () => {
  const [product, foreign] = [await listen(), await listen()]
  install({ product: product.origin })
  const list = ['host', 'x', 'Txn-Token', 'planted']
  const fixed = hasCode('CALL_HEADERS_FIXED')
  await assert.rejects(get({ port: foreign.port, headers: list }), fixed)
  const expecting = { expect: '100-continue', 'txn-token': 'planted' }
  await assert.rejects(get({ port: foreign.port, headers: expecting }), fixed)
  await assert.rejects(get({ host: 'product', headers: ['host', 'product'] }), fixed)
  assert.equal(await get({ port: foreign.port, headers: ['host', 'x', 'x-y', 'txn-token'] }), 200)
  assert.deepEqual([product.seen.length, foreign.seen.length], [0, 1])
})

test('a request over a connection of its own carries no token, whatever host it names', async () => {
  const foreign = await listen()
  install({})
  const createConnection = () => connect(foreign.port, '127.0.0.1')
  assert.equal(await get({ host: 'product', createConnection, headers: { 'txn-token': 'planted' } }), 200)
  assert.doesNotMatch(foreign.seen[0]?.head ?? '', /txn-token|token of|planted/i)
})

test('an agent that takes requests in its own way gets no token for its connections', async () => {
  const foreign = await listen()
  install({})
  class OwnAgent extends http.Agent {
    addRequest(request: ClientRequest): void {
      request.onSocket(connect(foreign.port, '127.0.0.1'))
    }
  }
  assert.equal(await get({ host: 'product', agent: new OwnAgent() }), 200)
  assert.doesNotMatch(foreign.seen[0]?.head ?? '', /txn-token|token of/i)
})

test('what an agent or a request asks of connections does not lead a call elsewhere', async () => {
  const [product, foreign] = [await listen(), await listen()]
  install({ product: `http://localhost:${product.port}` })
  const agent = new http.Agent({ keepAlive: true })
  Object.assign(agent, { createConnection: () => connect(foreign.port, '127.0.0.1') })
  const lookup = () => assert.fail('looked up')
  assert.equal(await get({ host: 'product', agent, lookup }), 200)
  assert.deepEqual([product.seen.length, foreign.seen.length], [1, 0])
})

test('a deployment may have an address of IPv6', async (t) => {
  const server = http.createServer((_, response) => response.end()).listen(0, '::1')
  const [event] = await Promise.race([
    once(server, 'listening').then(() => ['listening']),
    once(server, 'error').then(() => ['error']),
  ])
  if (event === 'error') return t.skip('this machine has no IPv6')
  t.after(() => server.close())
  install({ product: `http://[::1]:${(server.address() as AddressInfo).port}` })
  assert.equal(await get({ host: 'product' }), 200)
})

test('a Unix socket gets no token, unless it is the platform’s own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-calls-'))
  const seen: (string | undefined)[] = []
  const sockets = await Promise.all(
    ['own', 'other'].map(async (name) => {
      const path = join(folder, name)
      const server = http.createServer(({ headers }, response) => {
        seen.push(headers['txn-token']?.toString())
        response.end()
      })
      await once(server.listen(path), 'listening')
      after(() => server.close())
      return path
    }),
  )
  after(() => rmSync(folder, { recursive: true }))
  install({}, { sockets: sockets.slice(0, 1) })
  for (const socketPath of sockets) await get({ host: 'product', socketPath, headers: { 'txn-token': 'a' } })
  assert.deepEqual(seen, ['a', undefined])
})

test('a deployment that no longer serves the tenant is told on, and the next call finds the one that does', async () => {
  const stale = await listen((_, response) => response.writeHead(421).end('not here'))
  const current = await listen()
  const origins = [stale.origin, current.origin]
  const forgotten: string[] = []
  install({ product: () => origins.shift() ?? '' }, { forgotten })
  assert.equal(await get({ host: 'product' }), 421)
  assert.deepEqual(forgotten, ['product/tenant-a'])
  assert.equal(await get({ host: 'product' }), 200)
})

test('a copy that refuses the connection is told on, and the next call finds another', async () => {
  const copy = await listen()
  const origins = ['http://127.0.0.1:9', copy.origin]
  const forgotten: string[] = []
  install({ product: () => origins.shift() ?? '' }, { forgotten })
  await assert.rejects(get({ host: 'product' }), { code: 'ECONNREFUSED' })
  assert.deepEqual(forgotten, ['product/tenant-a'])
  assert.equal(await get({ host: 'product' }), 200)
})

test('a call that is given up before its route is known is not sent', async () => {
  const product = await listen()
  install({ product: product.origin })
  const gone = new Error('given up')
  await inScope(async () => {
    const request = http.get('http://product/').destroy(gone)
    assert.deepEqual(await once(request, 'error'), [gone])
    const timed = http.get('http://product/', { signal: AbortSignal.abort() })
    assert.equal(((await once(timed, 'error')) as Error[])[0]?.name, 'AbortError')
  })
  assert.equal(await get({ host: 'product' }), 200)
  assert.equal(product.seen.length, 1)
})

test('a service that does not answer in time is given up as any other', async () => {
  const product = await listen(() => undefined)
  install({ product: product.origin })
  await inScope(async () => {
    const request = http.get('http://product/', { timeout: 50 })
    await once(request, 'timeout')
    request.destroy()
    assert.ok(hasCode('ECONNRESET')(((await once(request, 'error')) as Error[])[0] as Error))
  })
})

test('a hundred tenants at once each call with their own token, over connections that are kept', async () => {
  const product = await listen()
  install({ product: product.origin })
  const tenants = Array.from({ length: 100 }, (_, at) => `tenant-${at}`)
  await Promise.all(
    tenants.map((tenant) => inScope(() => answerTo(http.request(`http://product/${tenant}`)), tenant)),
  )
  assert.equal(product.seen.length, 100)
  for (const { url, token } of product.seen) assert.deepEqual(token, [`token of ${url.slice(1)}`])
})

test('a WebSocket of Node’s own, or of `ws` with an agent, reaches a service with the token', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  after(() => server.close())
  install({ product: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  const open = {
    ws: () => new WebSocket('ws://product/', { agent: http.globalAgent }),
    node: () => new globalThis.WebSocket('ws://product/'),
  }
  for (const make of Object.values(open)) {
    const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>
    const opened = await inScope(async () => {
      const socket = make()
      await once(socket as EventTarget & WebSocket, 'open')
      return socket
    })
    const [socket, { headersDistinct }] = await connected
    assert.deepEqual(headersDistinct['txn-token'], [token])
    opened.close()
    await once(socket, 'close')
  }
})
