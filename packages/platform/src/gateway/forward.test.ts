import assert from 'node:assert/strict'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RunningGateway, until } from '../../test/running-gateway.ts'

let gateway: RunningGateway
beforeEach(async () => {
  gateway = await RunningGateway.start()
})
afterEach(() => gateway.close())

const refusing = 'http://127.0.0.1:9'

test('the copies of a deployment take turns', async () => {
  const copies = await Promise.all(
    ['a', 'b'].map((name) => gateway.startCopy((_, response) => response.end(name))),
  )
  gateway.place(copies)
  const answers: string[] = []
  for (let n = 0; n < 4; n++) answers.push(await (await gateway.call('/orders')).text())
  assert.deepEqual(answers, ['a', 'b', 'a', 'b'])
})

test('what one copy refuses to connect for goes to the next, body and all', async () => {
  const bodies: string[] = []
  const copy = await gateway.startCopy(async (request, response) => {
    bodies.push(await text(request))
    response.writeHead(201).end()
  })
  gateway.place([refusing, copy])
  for (let n = 0; n < 2; n++) {
    const streamed = { method: 'POST', body: new Blob([`body ${n}`]).stream(), duplex: 'half' } as RequestInit
    assert.equal((await gateway.call('/orders', streamed)).status, 201)
  }
  assert.deepEqual(bodies, ['body 0', 'body 1'])
})

test('a request that may have arrived is not sent twice', async () => {
  let arrived = 0
  const breaking = await gateway.startCopy((request) => {
    arrived++
    request.socket.destroy()
  })
  gateway.place([breaking, breaking])
  for (const method of ['GET', 'POST']) {
    const answer = await gateway.call('/orders', { method })
    assert.equal(answer.status, 503)
    assert.equal(((await answer.json()) as { code: string }).code, 'DEPLOYMENT_DOWN')
  }
  assert.equal(arrived, 2)
})

test('a body is passed on as it comes', async () => {
  const parts: string[] = []
  await gateway.serve((request, response) => {
    request.on('data', (part) => parts.push(String(part))).on('end', () => response.end('done'))
  })
  const { socket, received } = await gateway.open(
    'POST /orders',
    ['Transfer-Encoding: chunked'],
    '5\r\nfirst\r\n',
  )
  await until(() => parts.length === 1)
  socket.write('4\r\nlast\r\n0\r\n\r\n')
  await until(() => received().includes('done'))
  socket.destroy()
  assert.deepEqual(parts, ['first', 'last'])
})

test('a caller that reads slowly holds the deployment back, and gets every byte', async () => {
  const bytes = 64 * 1024 * 1024
  const chunk = Buffer.alloc(64 * 1024)
  let written = 0
  await gateway.serve(async (_, response) => {
    response.writeHead(200, { 'content-length': bytes })
    while (written < bytes) {
      written += chunk.length
      if (!response.write(chunk)) await once(response, 'drain')
    }
    response.end()
  })
  const answer = await gateway.call('/orders')
  await sleep(300)
  // What the kernel's buffers of two connections take, and no more.
  assert.ok(written < bytes / 2, `${written} bytes were taken without being read`)
  let read = 0
  for await (const part of answer.body ?? []) read += part.length
  assert.equal(read, bytes)
})

test('an answer that breaks off is cut off, and never looks whole', async () => {
  await gateway.serve((_, response) => {
    response.write('half')
    setTimeout(() => response.destroy(), 20)
  })
  const answer = await gateway.call('/orders')
  await assert.rejects(answer.text())
  const { status, code } = await gateway.lastLine()
  assert.deepEqual([status, code], [200, 'DEPLOYMENT_DOWN'])
})

test('a caller that goes away is no fault of the deployment', async () => {
  let asked = false
  await gateway.serve(() => {
    asked = true
  })
  for (const headers of [[], ['Content-Length: 10']]) {
    asked = false
    gateway.lines.length = 0
    const { socket } = await gateway.open('POST /orders', headers, headers.length > 0 ? 'part' : '')
    await until(() => asked)
    socket.destroy()
    const { status, code, deployment } = await gateway.lastLine()
    assert.deepEqual([status, code, deployment], [499, 'CALLER_GONE', 'order.pool'])
  }
  assert.doesNotMatch(await gateway.meters.prometheusPage(), /status_code="503"/)
})

test('a caller that goes away while an answer streams ends it at the deployment', async () => {
  let ended = false
  await gateway.serve((_, response) => {
    response.write('first')
    response.once('close', () => {
      ended = true
    })
  })
  const { socket, received } = await gateway.open('GET /orders')
  await until(() => received().includes('first'))
  socket.destroy()
  await until(() => ended)
  const { status, code } = await gateway.lastLine()
  assert.deepEqual([status, code], [200, 'CALLER_GONE'])
})

test('nothing is sent for a caller that went away while its token was minted', async () => {
  let asked = false
  await gateway.serve(() => {
    asked = true
  })
  const minting = Promise.withResolvers<void>()
  const minted = Promise.withResolvers<string>()
  gateway.mint = () => {
    minting.resolve()
    return minted.promise
  }
  const { socket } = await gateway.open('GET /orders')
  await minting.promise
  socket.destroy()
  await sleep(50)
  minted.resolve('late.transaction.token')
  assert.equal((await gateway.lastLine()).code, 'CALLER_GONE')
  assert.equal(asked, false)
})

test('headers of the deployment’s hop and a transaction token in an answer do not reach the caller', async () => {
  await gateway.serve((_, response) => {
    response.setHeader('Connection', 'X-Hop, close')
    response.setHeader('X-Hop', '1')
    response.setHeader('Txn-Token', 'the.transaction.token')
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.setHeader('X-Request-Id', 'theirs')
    response.end()
  })
  const { headers } = await gateway.call('/orders')
  assert.deepEqual([headers.get('x-hop'), headers.get('txn-token')], [null, null])
  assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2'])
  assert.notEqual(headers.get('x-request-id'), 'theirs')
})

test('methods and answers without a body pass', async () => {
  await gateway.serve((request, response) => {
    response.writeHead(request.method === 'DELETE' ? 204 : 200, { 'x-method': request.method }).end()
  })
  for (const method of ['HEAD', 'OPTIONS', 'DELETE', 'PATCH']) {
    const answer = await gateway.call('/orders', { method })
    assert.equal(answer.headers.get('x-method'), method)
    assert.equal(await answer.text(), '')
  }
})

test('`TRACE` is refused, whose answer would show our token', async () => {
  await gateway.serve((request, response) => response.end(String(request.headers['txn-token'])))
  const { socket, received } = await gateway.open('TRACE /orders', ['Connection: close'])
  await once(socket, 'close')
  assert.match(received(), /^HTTP\/1\.1 405 [\s\S]*METHOD_REFUSED/)
  assert.doesNotMatch(received(), /the\.transaction\.token/)
})
