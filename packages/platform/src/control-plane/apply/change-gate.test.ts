import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import { ChangeGate } from './change-gate.ts'

let app: FastifyInstance
afterEach(() => app.close())

async function start(onChange: () => unknown) {
  const gate = new ChangeGate()
  app = Fastify()
  gate.addTo(app)
  app.get('/tenants', () => 'read')
  app.post('/tenants', onChange)
  const origin = await app.listen({ port: 0 })
  const ask = async (method: string) => (await fetch(`${origin}/tenants`, { method })).status
  return { gate, ask }
}

test('once it is closed changes are refused by name, and reading goes on', async () => {
  const { gate, ask } = await start(() => 'changed')
  assert.equal(await ask('POST'), 200)
  await gate.close(1_000)
  assert.deepEqual([await ask('POST'), await ask('GET')], [409, 200])
  const { code } = await app.inject({ method: 'POST', url: '/tenants' }).then((answer) => answer.json())
  assert.equal(code, 'APPLY_BUSY')
})

test('a change that is under way is waited for, and for no longer than is said', async () => {
  let finish: () => void = () => undefined
  const begun = Promise.withResolvers<void>()
  const { gate, ask } = await start(() => {
    begun.resolve()
    return new Promise((resolve) => {
      finish = () => resolve('changed')
    })
  })
  const changing = ask('POST')
  await begun.promise
  const startedAtMs = performance.now()
  await gate.close(300)
  assert.ok(performance.now() - startedAtMs >= 290, 'it did not wait')
  const closed = gate.close(5_000)
  finish()
  await closed
  assert.ok(performance.now() - startedAtMs < 4_000, 'it waited for nothing')
  assert.equal(await changing, 200)
})
