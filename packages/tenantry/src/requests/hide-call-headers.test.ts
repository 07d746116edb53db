import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { request } from 'undici'
import { hideCallHeaders } from './hide-call-headers.ts'

/** What a server is left of its request’s headers, when it looked at them `before` they were hidden. */
async function left(before: (incoming: IncomingMessage) => unknown, headers: string[]): Promise<string> {
  const server = createServer((incoming, response) => {
    before(incoming)
    hideCallHeaders(incoming)
    const { headers, headersDistinct, rawHeaders } = incoming
    response.end(JSON.stringify({ headers, headersDistinct, rawHeaders }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return (await request(`http://127.0.0.1:${port}`, { headers })).body.text()
}

test('a request’s headers are left without the token and its bringer, whenever they are looked at', async () => {
  const sent = ['x-a', '1', 'Txn-Token', 'secret', 'x-b', '2', 'TENANTRY-CALLER', 'secret', 'x-c', '3']
  const looks = [
    () => undefined,
    ({ headers }: IncomingMessage) => headers,
    ({ headersDistinct }: IncomingMessage) => headersDistinct,
  ]
  for (const look of looks) {
    const text = await left(look, sent)
    assert.doesNotMatch(text, /secret|txn-token|tenantry-caller/i)
    const { headers, headersDistinct, rawHeaders } = JSON.parse(text)
    for (const [name, value] of [
      ['x-a', '1'],
      ['x-b', '2'],
      ['x-c', '3'],
    ] as const) {
      assert.equal(headers[name], value)
      assert.deepEqual(headersDistinct[name], [value])
      assert.equal(rawHeaders[rawHeaders.indexOf(name) + 1], value)
    }
  }
})

test('headers that come twice are left without any of them', async () => {
  const text = await left(() => undefined, ['txn-token', 'secret', 'txn-token', 'secret', 'x-a', '1'])
  assert.doesNotMatch(text, /secret/)
  assert.equal(JSON.parse(text).headers['x-a'], '1')
})
