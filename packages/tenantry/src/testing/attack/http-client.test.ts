import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { HttpClient } from './http-client.ts'

describe('the attacker’s client', () => {
  let server: Server
  let client: HttpClient

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/cut') request.socket.destroy()
      else if (request.url === '/slow') setTimeout(() => response.end('late'), 200)
      else if (request.url === '/long') response.end('x'.repeat(3 * 1024 * 1024))
      else response.setHeader('set-cookie', ['a=1', 'b=2']).end(JSON.stringify(request.rawHeaders))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    client = new HttpClient(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
  after(() => {
    client.close()
    server.close()
    server.closeAllConnections()
  })

  const get = (target: string, headers: [string, string][] = []) => ({ method: 'GET', target, headers })

  it('sends headers twice, and another host, as they are given', async () => {
    const { status, headers, body } = await client.send(
      get('/', [
        ['x-a', '1'],
        ['X-A', '2'],
        ['host', 'other.test'],
      ]),
    )
    const sent = JSON.parse(body) as string[]
    assert.equal(status, 200)
    assert.equal(headers['set-cookie'], 'a=1, b=2')
    assert.deepEqual(sent.slice(0, 6), ['x-a', '1', 'X-A', '2', 'host', 'other.test'])
  })

  it('answers status 0 when nothing comes back: cut, hung up, or never sent', async () => {
    assert.equal((await client.send(get('/cut'))).status, 0)
    assert.equal((await client.send(get('/slow'), 5)).status, 0)
    assert.equal((await client.send(get('/', [['x-a', 'line\nbreak']]))).status, 0)
  })

  it('reads no more than it needs', async () => {
    const { body } = await client.send(get('/long'))
    assert.ok(body.length < 2 * 1024 * 1024)
  })
})
