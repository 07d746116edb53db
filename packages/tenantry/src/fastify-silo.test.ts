import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { requireContext } from '@tenantry/context'
import Fastify from 'fastify'
import { TestPlatform } from '../test/test-platform.ts'
import { tenantry } from './fastify.ts'
import { Pool } from './pg.ts'

const platform = await TestPlatform.start()
platform.becomeDeployment({ tenant: 'tenant-c' })

let handled = 0
const app = Fastify()
await app.register(tenantry)
app.get('/tenant', async () => {
  handled++
  return { tenant: requireContext().tenant.id }
})
after(async () => {
  await app.close()
  platform.stop()
})

const ask = (url: string, tenant: string, method: 'GET' | 'POST' = 'GET') =>
  app.inject({ url, method, headers: { ...platform.caller(), 'txn-token': platform.token(tenant) } })

test('a silo serves its tenant', async () => {
  assert.deepEqual((await ask('/tenant', 'tenant-c')).json(), { tenant: 'tenant-c' })
})

test('a silo refuses every other tenant with 421, on every path, before anything is handled', async () => {
  handled = 0
  for (const tenant of ['tenant-a', 'tenant-cc', 'tenant']) {
    for (const path of ['/tenant', '/.tenantry/events', '/nowhere']) {
      const answer = await ask(path, tenant)
      assert.equal(answer.statusCode, 421, `${tenant} ${path}`)
      const { code, message, request_id } = answer.json()
      assert.equal(code, 'ROUTING_MISDIRECTED')
      assert.equal(message, 'this deployment does not serve the tenant')
      assert.ok(request_id)
      // INVARIANT: errors never name another tenant.
      assert.doesNotMatch(answer.body, /tenant-c/)
    }
  }
  assert.equal(handled, 0)
})

test('a service without a database has no pool, no deliveries and no event handlers', async () => {
  assert.throws(() => new Pool(), { code: 'DATABASE_UNDECLARED', message: '`note` has no database' })
  assert.equal((await ask('/.tenantry/events', 'tenant-c', 'POST')).statusCode, 404)
  assert.throws(() => app.onEvent('note.wanted', () => undefined), { code: 'EVENT_UNDECLARED' })
})
