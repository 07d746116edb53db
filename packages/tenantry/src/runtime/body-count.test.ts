import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { type BodyCount, countBodies } from './body-count.ts'

let server: Server
let handle: (request: IncomingMessage, response: ServerResponse) => unknown
let count: BodyCount

before(async () => {
  server = createServer((incoming, response) => {
    count = countBodies(incoming, response)
    handle(incoming, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => {
  server.close()
  server.closeAllConnections()
})

/** Sends a body in these pieces, with its length in front or in chunks, and settles with how many bytes came back. */
async function send(pieces: readonly string[], { method = 'POST', length = false } = {}): Promise<number> {
  const { port } = server.address() as AddressInfo
  const bytes = Buffer.byteLength(pieces.join(''))
  const call = request({ port, method, headers: length ? { 'content-length': bytes } : {} })
  for (const piece of pieces) call.write(piece)
  call.end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  let got = 0
  for await (const chunk of answer) got += chunk.length
  return got
}

test('a body is counted in bytes, with a length in front or in chunks, read or not', async () => {
  for (const length of [true, false]) {
    handle = (incoming, response) => incoming.resume().on('end', () => response.end())
    await send(['ä'.repeat(50_000), 'x'], { length })
    assert.equal(count.bytesIn, 100_001)
    handle = async (incoming, response) => {
      for await (const _ of incoming);
      response.end()
    }
    await send(['abc'], { length })
    assert.equal(count.bytesIn, 3)
  }
  handle = (_incoming, response) => response.end()
  await send([], { method: 'GET' })
  assert.equal(count.bytesIn, 0)
})

test('an answer is counted in bytes, in whatever form it is written', async () => {
  const forms: [bytes: number, write: (response: ServerResponse) => unknown][] = [
    [0, (response) => response.end()],
    [2, (response) => response.end('ä')],
    [1, (response) => response.end('ä', 'latin1')],
    [3, (response) => response.end(Buffer.from('abc'), () => undefined)],
    [2, (response) => response.end('6162', 'hex')],
    [
      5,
      (response) => {
        response.write('ab')
        response.write(new Uint8Array(2))
        response.end('c')
      },
    ],
    [0, (response) => response.end(() => undefined)],
    [200_000, (response) => Readable.from([Buffer.alloc(100_000), Buffer.alloc(100_000)]).pipe(response)],
  ]
  for (const [bytes, write] of forms) {
    handle = (_incoming, response) => write(response)
    assert.equal(await send([], { method: 'GET' }), bytes)
    assert.equal(count.bytesOut, bytes, String(write))
  }
})

test('what HEAD is answered has no body', async () => {
  handle = (_incoming, response) => response.end('abc')
  assert.equal(await send([], { method: 'HEAD' }), 0)
  assert.equal(count.bytesOut, 0)
})
