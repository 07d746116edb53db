import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RunningGateway, until } from '../../test/running-gateway.ts'

let gateway: RunningGateway
beforeEach(async () => {
  gateway = await RunningGateway.start()
  await gateway.serve((request, response) => {
    request.resume()
    if (request.url === '/orders/streams') response.write('first')
    setTimeout(() => response.end('last'), 200)
  })
})
afterEach(() => gateway.close())

test('a caller that sends far too much still reads why it is refused', async () => {
  const body = Buffer.alloc(20 * 1024 * 1024)
  const streamed = { method: 'POST', body: new Blob([body]).stream(), duplex: 'half' } as RequestInit
  for (const init of [{ method: 'POST', body }, streamed]) {
    const answer = await gateway.call('/orders', init)
    assert.equal(answer.status, 413)
    assert.equal(((await answer.json()) as { code: string }).code, 'BODY_TOO_LARGE')
  }
})

test('a caller that sends all before it reads finds its answer', async () => {
  const bytes = 8 * 1024 * 1024
  const { socket, received } = await gateway.open('POST /orders', [`Content-Length: ${bytes}`])
  socket.pause()
  await new Promise((resolve) => socket.write(Buffer.alloc(bytes), resolve))
  socket.resume()
  await once(socket, 'close')
  assert.match(received(), /^HTTP\/1\.1 413 [\s\S]*BODY_TOO_LARGE/)
})

test('a caller that never stops sending is let go of', async () => {
  const { socket, received } = await gateway.open('POST /orders', ['Content-Length: 2000000'])
  await once(socket, 'close')
  assert.match(received(), /^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*BODY_TOO_LARGE/i)
  assert.ok(Number((await gateway.lastLine()).ms) < 500, 'the wait is no part of the request')
})

test('the log tells what went wrong inside, and the answer does not', async () => {
  gateway.mint = async () => {
    throw new Error('a mistake of ours')
  }
  const answer = await gateway.call('/orders')
  const { request_id: requestId, ...told } = (await answer.json()) as Record<string, string>
  assert.deepEqual(told, { code: 'INTERNAL', message: 'internal error' })
  const line = await gateway.lastLine()
  assert.deepEqual([line.request_id, line.status, line.code], [requestId, 500, 'INTERNAL'])
  assert.match(String(line.cause), /^Error: a mistake of ours\n\s+at /)
})

test('the log holds neither the token nor the claims of a caller that is refused', async () => {
  const token = await gateway.token({
    expiresIn: Math.floor(Date.now() / 1000) - 5,
    claims: { email: 'a@b.example' },
  })
  const answer = await fetch(`${gateway.origin}/orders`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
  const line = await gateway.lastLine()
  assert.deepEqual([line.status, line.code], [401, 'ACCESS_TOKEN_EXPIRED'])
  assert.doesNotMatch(JSON.stringify(line), /a@b\.example|seller|ey[\w-]+\./)
})

test('garbage after a request neither stands in that request’s answer nor in its place', async () => {
  for (const path of ['/orders', '/orders/streams']) {
    const { socket, received } = await gateway.open(`GET ${path}`)
    await sleep(50)
    socket.write('GARBAGE\r\n\r\n')
    await once(socket, 'close')
    assert.doesNotMatch(received(), /HTTP\/1\.1 400|REQUEST_MALFORMED/, path)
    assert.doesNotMatch(received(), /last/, path)
  }
})

test('a broken chunk is 400 as long as nothing was answered, and cuts the answer off after', async () => {
  const chunked = ['Transfer-Encoding: chunked']
  for (const [path, answer] of [
    ['/orders', /^HTTP\/1\.1 400 [\s\S]*REQUEST_MALFORMED/],
    ['/orders/streams', /^HTTP\/1\.1 200 (?![\s\S]*HTTP\/1\.1)/],
  ] as const) {
    const { socket, received } = await gateway.open(`POST ${path}`, chunked, '3\r\nabc\r\n')
    await sleep(50)
    socket.write('ZZZ\r\n')
    await once(socket, 'close')
    assert.match(received(), answer)
  }
})

test('headers over 16 KiB are 431, with a request id and a log line', async () => {
  const { socket, received } = await gateway.open('GET /orders', [`X-Large: ${'x'.repeat(17_000)}`])
  await once(socket, 'close')
  const requestId = /x-request-id: (\S+)/.exec(received())?.[1]
  assert.match(received(), /^HTTP\/1\.1 431 [\s\S]*HEADERS_TOO_LARGE/)
  await until(() => gateway.lines.length > 0)
  const line = await gateway.lastLine()
  assert.deepEqual([line.request_id, line.status, line.code], [requestId, 431, 'HEADERS_TOO_LARGE'])
})

test('a request is counted as active until it is answered', async () => {
  const active = async () =>
    /^http_server_active_requests\{.*\} (\d)$/m.exec(await gateway.meters.prometheusPage())?.[1]
  const calling = gateway.call('/orders/streams')
  const answer = await calling
  assert.equal(await active(), '1')
  await answer.text()
  await until(() => gateway.lines.length > 0)
  assert.equal(await active(), '0')
})
