import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from './api-error.ts'
import { ask, queryOf } from './ask.ts'
import { connection } from './connection.ts'
import { object, text } from './read.ts'

const answer = object({ id: text })
let [status, body, type] = [200, '{"id":"a"}', 'application/json']
const asked: IncomingMessage[] = []
const server = createServer((request, response) => {
  asked.push(request)
  response.writeHead(status, { 'content-type': type }).end(body)
})
const fetchAbsolute = globalThis.fetch
let origin: string

const refusal = (path = '/tenants/a') =>
  ask(path, answer).then(() => assert.fail('it was answered'), ApiError.from)

describe('a call to the control plane', () => {
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    // In a page, a path is of its own origin.
    globalThis.fetch = (path, init) => fetchAbsolute(new URL(String(path), origin), init)
  })
  beforeEach(() => {
    ;[status, body, type] = [200, '{"id":"a"}', 'application/json']
    asked.length = 0
    connection.set({ state: 'there', epoch: 0 })
  })
  after(() => {
    globalThis.fetch = fetchAbsolute
    server.close()
  })

  it('says that the page sends it when it changes something, and not when it reads', async () => {
    assert.deepEqual(await ask('/tenants/a', answer), { id: 'a' })
    await ask('/tenants', answer, { method: 'POST', body: { id: 'a' } })
    await ask('/tenants/a/limits', answer, { method: 'PATCH', body: {} })
    assert.deepEqual(
      asked.map(({ method, headers }) => [method, headers['x-tenantry-console'], headers['content-type']]),
      [
        ['GET', undefined, undefined],
        ['POST', '1', 'application/json'],
        ['PATCH', '1', 'application/json'],
      ],
    )
  })

  it('tells a refusal by its code, message and next step', async () => {
    status = 409
    body = '{"code":"TENANT_EXISTS","message":"it is there","help":"choose another id","request_id":"r"}'
    const { code, message, help, requestId, isAbsent } = await refusal()
    assert.deepEqual(
      [code, message, help, requestId],
      ['TENANT_EXISTS', 'it is there', 'choose another id', 'r'],
    )
    assert.equal(isAbsent, false)
  })

  it('is absent only where the control plane has no such call', async () => {
    status = 404
    body = '{"code":"NOT_FOUND","message":"there is nothing here"}'
    assert.equal((await refusal('/cost')).isAbsent, true)
    body = '{"code":"TENANT_NOT_FOUND","message":"no such tenant"}'
    assert.equal((await refusal()).isAbsent, false)
  })

  it('takes the page to the way in when nobody is signed in', async () => {
    status = 401
    body = '{"code":"SESSION_MISSING","message":"sign in"}'
    await refusal()
    assert.equal(connection.value.state, 'signed-out')
  })

  it('refuses what is no answer of this control plane', async () => {
    ;[body, type] = ['<html>', 'text/html']
    assert.equal((await refusal()).code, 'ANSWER_UNEXPECTED')
    assert.equal(connection.value.state, 'there')
  })

  it('that is not answered is told of once, and the page asks again until somebody is there', async () => {
    const there = origin
    origin = 'http://127.0.0.1:9'
    assert.equal((await refusal()).code, 'CONTROL_PLANE_DOWN')
    assert.equal(connection.value.state, 'away')
    origin = there
    for (let waitedMs = 0; connection.value.state === 'away' && waitedMs < 10_000; waitedMs += 50)
      await sleep(50)
    assert.deepEqual(connection.value, { state: 'there', epoch: 1 })
  })

  it('leaves out of its query what is not said', () => {
    assert.equal(queryOf({ tenant: 'a&b', service: undefined, state: '', limit: 5 }), '?tenant=a%26b&limit=5')
    assert.equal(queryOf({}), '')
  })
})
