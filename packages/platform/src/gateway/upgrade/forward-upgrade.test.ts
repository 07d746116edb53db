import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateApiKey, hashApiKey } from '@tenantry/routing'
import { WebSocket, WebSocketServer } from 'ws'
import { type GatewayOptions, RunningGateway, until } from '../../../test/running-gateway.ts'

// Real WebSockets through the gateway to a service on `ws`, and raw sockets where a library would not misbehave.
let gateway: RunningGateway
let service: Server
/** The handshakes that reached the service, and its sockets. */
const asked: IncomingMessage[] = []
const sockets: WebSocket[] = []
const clients: WebSocket[] = []
const library = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => [...offered][0] ?? false,
})
/** What a test has the service do in place of a proper answer. */
let answerUpgrade: ((request: IncomingMessage, socket: Socket) => void) | undefined

async function start(options: GatewayOptions = {}): Promise<void> {
  gateway = await RunningGateway.start(options)
  service = await newService()
  gateway.place([await gateway.startCopy(service)])
}

async function newService(): Promise<Server> {
  const server = createServer((request, response) => {
    asked.push(request)
    response.end('plain')
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    asked.push(request)
    if (answerUpgrade) return answerUpgrade(request, socket)
    library.handleUpgrade(request, socket, head, (webSocket) => {
      sockets.push(webSocket)
      webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

beforeEach(() => {
  for (const list of [asked, sockets, clients]) list.length = 0
  answerUpgrade = undefined
})
afterEach(async () => {
  for (const socket of [...clients, ...sockets]) socket.terminate()
  await gateway.close()
})
after(() => library.close())

async function open(
  path = '/orders/live',
  {
    tenant = 'tenant-a',
    headers = {},
    protocols = [] as string[],
  }: { tenant?: string; headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<WebSocket> {
  const authorization = `Bearer ${await gateway.token({ claims: { tenant } })}`
  const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}${path}`, protocols, {
    headers: { authorization, ...headers },
  })
  clients.push(socket)
  return socket.on('error', () => undefined)
}

async function opened(...how: Parameters<typeof open>): Promise<WebSocket> {
  const socket = await open(...how)
  const [first] = await Promise.race([
    once(socket, 'open').then(() => ['open']),
    once(socket, 'unexpected-response').then(([, answer]) => [`answered ${answer.statusCode}`]),
  ])
  assert.equal(first, 'open')
  return socket
}

/** How an upgrade is refused: status, code, and the answer's headers. */
async function refused(socket: WebSocket): Promise<[number, string, IncomingMessage['headers']]> {
  const [, answer] = await once(socket, 'unexpected-response')
  const body = JSON.parse(await text(answer)) as { code: string; request_id: string }
  assert.equal(answer.headers['x-request-id'], body.request_id)
  assert.equal(answer.headers.connection, 'close')
  return [answer.statusCode, body.code, answer.headers]
}

const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
const without = (name: string) => handshake.filter((line) => !line.startsWith(name))
const lines = () => gateway.lines.map((line) => JSON.parse(line))
const closedLines = () => lines().filter((line) => line.socket === 'closed')

/** The log line of the first socket that closed, once it is there. */
async function closedLine(): Promise<Record<string, unknown>> {
  await until(() => closedLines().length > 0)
  return closedLines()[0]
}

test('a WebSocket reaches the deployment with our token and without the access token, and messages go both ways', async () => {
  await start()
  const socket = await opened('/orders/live?from=1', {
    headers: { 'txn-token': 'forged', 'x-tenant': 'tenant-b', 'x-own': 'kept' },
    protocols: ['chat'],
  })
  const [request] = asked
  assert.equal(request?.url, '/orders/live?from=1')
  assert.equal(request?.headers['txn-token'], 'the.transaction.token')
  assert.match(String(request?.headers['tenantry-caller']), /^ey/)
  assert.deepEqual([request?.headers.authorization, request?.headers['x-tenant']], [undefined, undefined])
  assert.equal(request?.headers['x-own'], 'kept')
  assert.equal(socket.protocol, 'chat')
  for (const message of ['hello', 'x'.repeat(100_000)]) {
    socket.send(message)
    assert.equal(String((await once(socket, 'message'))[0]), message)
  }
  await until(() => lines().length === 1)
  const { tenant, status, deployment, request_id: requestId } = lines()[0]
  assert.deepEqual([tenant, status, deployment], ['tenant-a', 101, 'order.pool'])
  assert.equal(request?.headers['x-request-id'], requestId)
})

test('a socket that closes is closed on both sides, with its code, and logged', async () => {
  await start()
  const byCaller = await opened()
  byCaller.close(4001, 'done')
  assert.equal((await once(sockets[0] ?? assert.fail(), 'close'))[0], 4001)
  const byService = await opened()
  sockets[1]?.close(4002)
  assert.equal((await once(byService, 'close'))[0], 4002)
  const brokenOff = await opened()
  brokenOff.terminate()
  await once(sockets[2] ?? assert.fail(), 'close')
  const cut = await opened()
  sockets[3]?.terminate()
  await once(cut, 'close')
  await until(() => gateway.sockets.size === 0)
  await until(() => closedLines().length === 4)
  const closed = closedLines()
  for (const line of closed) assert.deepEqual([line.tenant, line.reason], ['tenant-a', undefined])
  assert.ok(closed[0].bytes_in > 6 && closed[0].bytes_out > 4, JSON.stringify(closed[0]))
})

test('who may not ask is refused before the upgrade, as for a request, and nothing reaches the service', async () => {
  await start()
  const bad = { authorization: 'Bearer x' }
  assert.deepEqual((await refused(await open('/orders', { headers: bad }))).slice(0, 2), [
    401,
    'ACCESS_TOKEN_INVALID',
  ])
  assert.deepEqual((await refused(await open('/orders', { tenant: 'tenant-s' }))).slice(0, 2), [
    403,
    'TENANT_SUSPENDED',
  ])
  assert.deepEqual((await refused(await open('/orders', { tenant: 'none' }))).slice(0, 2), [
    403,
    'TENANT_UNKNOWN',
  ])
  assert.deepEqual((await refused(await open('/nowhere'))).slice(0, 2), [404, 'ROUTE_UNKNOWN'])
  gateway.place([])
  assert.deepEqual((await refused(await open())).slice(0, 2), [503, 'DEPLOYMENT_DOWN'])
  assert.deepEqual(asked, [])
})

test('an open socket counts among what its tenant has under way, and no other’s, until it closes', async () => {
  await start({ tiers: { basic: { placement: 'pool', limits: { concurrency: 2 } } } })
  const [first] = [await opened(), await opened()]
  const [status, code, headers] = await refused(await open())
  assert.deepEqual([status, code], [429, 'LIMIT_EXCEEDED'])
  assert.equal(headers['retry-after'], '1')
  assert.equal((await gateway.call('/orders')).status, 429)
  await opened('/orders', { tenant: 'tenant-b' })
  first?.terminate()
  await until(() => gateway.sockets.size === 2)
  await opened()
})

test('open sockets take no place of the requests at their deployment', async () => {
  await start({ limits: { deployment: { inFlight: 1, waiting: 0 } } })
  for (let count = 0; count < 3; count++) await opened()
  assert.equal((await gateway.call('/orders')).status, 200)
  await until(() => gateway.queues.size === 0)
})

test('sockets of a tenant that is suspended are closed on both sides within 5 s, and no other’s', async () => {
  await start()
  const [suspended, other] = [await opened(), await opened('/orders', { tenant: 'tenant-b' })]
  const [ours] = sockets
  const both = Promise.all([once(suspended, 'close'), once(ours ?? assert.fail(), 'close')])
  const suspendedAtMs = performance.now()
  gateway.tell('tenant-a', { status: 'suspended' })
  await both
  assert.ok(performance.now() - suspendedAtMs < 5_000)
  assert.equal(other.readyState, WebSocket.OPEN)
  const closed = await closedLine()
  assert.deepEqual([closed.tenant, closed.reason], ['tenant-a', 'suspended'])
})

test('a socket of an API key that is revoked is closed, and one of another key stays', async () => {
  await start({ apiKeys: {} })
  gateway.mintForApiKey = async () => 'the.transaction.token'
  const [revoked, other] = await Promise.all(
    ['one', 'other'].map((id) => {
      const key = generateApiKey()
      const apiKey = { id, hash: hashApiKey(key), tenant: 'tenant-a', role: null, expiresAtMs: null }
      gateway.directory.apply({ type: 'api-key', apiKey })
      return opened('/orders/live', { headers: { authorization: `Bearer ${key}` } })
    }),
  )
  assert.ok(revoked && other)
  gateway.directory.apply({ type: 'api-key-revoked', id: 'one' })
  await once(revoked, 'close')
  assert.equal((await closedLine()).reason, 'revoked')
  assert.equal(other.readyState, WebSocket.OPEN)
})

test('a socket of a tenant that is served elsewhere now is closed', async () => {
  await start()
  const socket = await opened()
  gateway.tell('tenant-a', { placement: { order: 'silo' }, silo: '3f9c2a71' })
  await once(socket, 'close')
  assert.equal((await closedLine()).reason, 'moved')
})

test('a socket on which nothing comes or goes is closed, and one that is used stays', async () => {
  await start({ gateway: { timeouts: { socketIdleMs: 1_000 } } })
  const [idle, used, fed] = [await opened(), await opened(), await opened()]
  for (let beat = 0; beat < 16; beat++) {
    await sleep(100)
    used.ping()
    sockets[2]?.ping()
  }
  assert.equal(idle.readyState, WebSocket.CLOSED)
  assert.deepEqual([used.readyState, fed.readyState], [WebSocket.OPEN, WebSocket.OPEN])
  assert.equal((await closedLine()).reason, 'idle')
})

test('a side that reads slowly holds the other back, and gets every byte', async () => {
  await start()
  const bytes = 32 * 1024 * 1024
  const chunk = Buffer.alloc(64 * 1024)
  let written = 0
  answerUpgrade = async (_, socket) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    )
    while (written < bytes) {
      written += chunk.length
      if (!socket.write(chunk)) await once(socket, 'drain')
    }
    socket.end()
  }
  const { socket } = await gateway.open('GET /orders', handshake)
  socket.pause()
  await until(() => written > 0)
  await sleep(300)
  assert.ok(written < bytes / 2, `${written} bytes were taken without being read`)
  let read = 0
  socket.on('data', (part) => (read += part.length)).resume()
  await once(socket, 'close')
  assert.ok(read > bytes, `${read}`)
})

test('only `websocket` is an upgrade: any other is answered as plain HTTP/1.1, and never tunnelled', async () => {
  await start()
  for (const upgrade of ['h2c', 'websocket, h2c', 'h2c, websocket', 'raw', 'TLS/1.0', 'websocket/13']) {
    asked.length = 0
    const { socket, received } = await gateway.open('GET /orders', [
      'Connection: Upgrade, HTTP2-Settings, close',
      `Upgrade: ${upgrade}`,
      'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
    ])
    await once(socket, 'close')
    assert.match(received(), /^HTTP\/1\.1 200 [\s\S]*plain$/)
    assert.equal(asked.length, 1)
    assert.deepEqual([asked[0]?.headers.upgrade, asked[0]?.headers['http2-settings']], [undefined, undefined])
  }
})

test('what is no handshake of RFC 6455 is refused', async () => {
  await start()
  for (const [start, headers, status] of [
    ['POST /orders', handshake, 400],
    ['GET /orders', [...handshake, 'Content-Length: 30'], 400],
    ['GET /orders', [...handshake, 'Transfer-Encoding: chunked'], 400],
    ['GET /orders', without('Sec-WebSocket-Key'), 400],
    ['GET /orders', [...handshake, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='], 400],
    ['GET /orders', [...without('Sec-WebSocket-Key'), 'Sec-WebSocket-Key: short'], 400],
    ['GET /orders', without('Sec-WebSocket-Version'), 426],
    ['GET /orders', [...without('Sec-WebSocket-Version'), 'Sec-WebSocket-Version: 8'], 426],
  ] as const) {
    const body = headers.some((line) => /^(Content|Transfer)/.test(line))
      ? '1e\r\nGET /orders HTTP/1.1\r\nHost: x\r\n\r\n'
      : ''
    const { socket, received } = await gateway.open(start, [...headers], body)
    await once(socket, 'close')
    assert.match(received(), new RegExp(`^HTTP/1\\.1 ${status} `), `${start} ${headers}`)
    assert.equal(received().match(/^HTTP\/1\.1 \d/gm)?.length, 1)
    if (status === 426) assert.match(received(), /sec-websocket-version: 13/i)
  }
  assert.deepEqual(asked, [])
})

const smuggled = 'GET /orders/admin HTTP/1.1\r\nHost: x\r\n\r\n'

test('what comes before the 101 is not sent before it, and goes the way of the tunnel afterwards', async () => {
  await start()
  let early = ''
  const upgrade = Promise.withResolvers<Socket>()
  answerUpgrade = (_, socket) => {
    socket.on('data', (data) => (early += data))
    upgrade.resolve(socket)
  }
  const { socket, received } = await gateway.open('GET /orders', handshake, smuggled)
  const there = await upgrade.promise
  await sleep(100)
  assert.equal(early, '')
  there.write(
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nfirst',
  )
  await until(() => early === smuggled && received().endsWith('first'))
  assert.equal(asked.length, 1)
  socket.destroy()
})

test('what comes behind a handshake that is not answered by 101 is never read as a request', async () => {
  await start()
  for (const status of ['200 OK', '404 Not Found', '426 Upgrade Required']) {
    asked.length = 0
    answerUpgrade = (_, socket) => {
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 2\r\nx-own: yes\r\n\r\nno`)
    }
    const { socket, received } = await gateway.open('GET /orders', handshake, smuggled)
    socket.write(smuggled)
    await once(socket, 'close')
    assert.match(received(), new RegExp(`^HTTP/1\\.1 ${status.slice(0, 3)} [\\s\\S]*x-own: yes[\\s\\S]*no$`))
    assert.match(received(), /connection: close/i)
    assert.equal(asked.length, 1)
  }
})

test('a 101 that does not prove that it answers this handshake opens nothing', async () => {
  await start()
  for (const head of [
    'connection: upgrade\r\nupgrade: websocket\r\n',
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: bm90IHRoZSByaWdodCBvbmUhIQ==\r\n',
    'connection: upgrade\r\nupgrade: h2c\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n',
  ]) {
    let closed = false
    answerUpgrade = (_, socket) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n`)
      socket.resume().once('end', () => {
        closed = true
      })
    }
    const { socket, received } = await gateway.open('GET /orders', handshake, smuggled)
    await once(socket, 'close')
    assert.match(received(), /^HTTP\/1\.1 502 [\s\S]*HANDSHAKE_REFUSED/)
    await until(() => closed)
  }
  assert.equal(gateway.sockets.size, 0)
})

test('a deployment that moved or breaks off is down, and one copy that refuses is passed over', async () => {
  await start()
  answerUpgrade = (_, socket) =>
    void socket.end('HTTP/1.1 421 Misdirected Request\r\ncontent-length: 0\r\n\r\n')
  assert.deepEqual((await refused(await open())).slice(0, 2), [503, 'DEPLOYMENT_DOWN'])
  answerUpgrade = (_, socket) => void socket.destroy()
  assert.deepEqual((await refused(await open())).slice(0, 2), [503, 'DEPLOYMENT_DOWN'])
  answerUpgrade = undefined
  const gone = await newService()
  const address = await gateway.startCopy(gone)
  gone.close()
  gateway.place([address, await gateway.startCopy(service)])
  for (let count = 0; count < 6; count++) await opened()
})

test('a deployment that does not answer a handshake in time is slow', async () => {
  await start({ gateway: { timeouts: { answerMs: 200 } } })
  answerUpgrade = () => undefined
  assert.deepEqual((await refused(await open())).slice(0, 2), [504, 'DEPLOYMENT_SLOW'])
})

test('a caller that breaks off while the deployment is asked gives back what it held', async () => {
  await start({ tiers: { basic: { placement: 'pool', limits: { concurrency: 1 } } } })
  let ended = false
  answerUpgrade = (_, socket) => {
    socket.resume().once('end', () => {
      ended = true
    })
  }
  const { socket } = await gateway.open('GET /orders', handshake)
  await until(() => asked.length === 1)
  socket.resetAndDestroy()
  await until(() => ended)
  assert.equal((await gateway.lastLine()).code, 'CALLER_GONE')
  answerUpgrade = undefined
  await opened()
})

test('many sockets that open and break off leave nothing behind', async () => {
  await start({ tiers: { basic: { placement: 'pool', limits: { concurrency: 200 } } } })
  for (let round = 0; round < 4; round++) {
    const opening = await Promise.all(Array.from({ length: 25 }, () => opened()))
    for (const [at, socket] of opening.entries())
      if (at % 2 === 0) socket.terminate()
      else socket.close()
    await until(() => gateway.sockets.size === 0)
  }
  const probe = connect(Number(new URL(gateway.origin).port), '127.0.0.1')
  await once(probe, 'connect')
  probe.destroy()
  await until(() => sockets.every(({ readyState }) => readyState === WebSocket.CLOSED))
})
