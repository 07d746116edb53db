import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { connect, createServer as createTcpServer } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { readContext, readScope, type Scope } from '@tenantry/context'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { Agent, request } from 'undici'
import { TestPlatform } from '../test/test-platform.ts'
import { tenantry as tenantryOnExpress } from './express.ts'
import { tenantry as tenantryOnFastify } from './fastify.ts'
import { tenantry as tenantryOnHono } from './hono.ts'
import { keepInScope, tenantry as tenantryOnNode } from './node.ts'

const platform = await TestPlatform.start()
platform.becomeDeployment()
const client = new Agent()
after(async () => {
  await client.destroy()
  platform.stop()
})

// The first of all: its token is verified with keys that have to be asked for.
test('the scope of a caller who is gone before its token was verified is closed', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Scope | undefined>()
  const service = tenantryOnNode(() => resolve(readScope()))
  const { port } = new URL(await service.listen({ host: '127.0.0.1', port: 0 }))
  t.after(() => service.close())
  const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
  service.server.once('request', () => socket.destroy())
  socket.write(
    `GET / HTTP/1.1\r\nhost: note\r\ntxn-token: ${platform.token('tenant-a')}\r\n${Object.entries(platform.caller()).flat().join(': ')}\r\n\r\n`,
  )
  const scope = await promise
  assert.equal(scope?.context.tenant.id, 'tenant-a')
  for (let waited = 0; scope.open && waited < 100; waited++) await delay(5)
  assert.equal(scope.open, false)
})

test('an Express application that listens by itself handles nothing', async (t) => {
  const app = express().set('env', 'test')
  tenantryOnExpress(app)
  let handled = 0
  app.get('/tenant', () => handled++)
  app.use((error: { code: string }, _request: unknown, response: express.Response, _next: unknown) => {
    response.status(500).json({ code: error.code })
  })
  const server = app.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const bound = server.address()
  assert.ok(typeof bound === 'object' && bound)
  const headers = { ...platform.caller(), 'txn-token': platform.token('tenant-a') }
  const answer = await request(`http://127.0.0.1:${bound.port}/tenant`, { dispatcher: client, headers })
  assert.deepEqual(await answer.body.json(), { code: 'CONTEXT_MISSING' })
  assert.equal(handled, 0)
})

test('a Hono application that is called past its service handles nothing', async () => {
  const app = new Hono()
  tenantryOnHono(app)
  let handled = 0
  app.get('/tenant', (c) => c.text(String(handled++)))
  const answer = await app.request('/tenant', {
    headers: { ...platform.caller(), 'txn-token': platform.token('tenant-a') },
  })
  assert.equal(answer.status, 500)
  assert.equal(((await answer.json()) as { code: string }).code, 'CONTEXT_MISSING')
  assert.equal(handled, 0)
})

test('a service’s hooks see a refused request in no scope, whichever one its connection was taken in', async (t) => {
  const app = Fastify()
  await app.register(tenantryOnFastify)
  const seen: unknown[] = []
  app.addHook('onSend', async () => {
    seen.push(readContext()?.tenant.id)
  })
  app.get('/tenant', async () => ({}))
  await app.ready()
  const theirs = platform.scope('tenant-theirs')
  const front = createTcpServer((socket) => theirs.run(() => app.server.emit('connection', socket)))
  front.listen(0, '127.0.0.1')
  t.after(async () => {
    await client.close()
    front.close()
    await app.close()
  })
  await once(front, 'listening')
  const bound = front.address()
  assert.ok(typeof bound === 'object' && bound)
  const url = `http://127.0.0.1:${bound.port}/tenant`
  await (await request(url, { dispatcher: client })).body.dump()
  const headers = { ...platform.caller(), 'txn-token': platform.token('tenant-a') }
  await (await request(url, { dispatcher: client, headers })).body.dump()
  assert.deepEqual(seen, [undefined, 'tenant-a'])
})

test('outside a scope nothing can be kept in one', () => {
  assert.throws(() => keepInScope(new EventEmitter()), { code: 'CONTEXT_MISSING' })
})
