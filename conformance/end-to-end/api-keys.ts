import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { ApiKeyAnswer } from '@tenantry/platform'
import { Client } from 'pg'
import { eventually } from './eventually.ts'
import { postgresUrl } from './postgres-url.ts'
import type { RunningSystem } from './running-system.ts'

/** Machines of tenants, which have a key and no token of an identity provider. */
export function describeApiKeys(system: RunningSystem): void {
  const call = async (key: string, path = '/products') => {
    const answer = await fetch(`${system.gateway}${path}`, { headers: { authorization: `Bearer ${key}` } })
    const body = (await answer.json()) as Record<string, unknown>
    return { status: answer.status, body, id: answer.headers.get('x-request-id') ?? '' }
  }
  const create = async (...flags: string[]) =>
    JSON.parse(await system.tenantry('key', 'create', ...flags, '--json')) as ApiKeyAnswer & { key: string }

  describe('an API key', () => {
    it('is let in for its tenant alone, with its role, as soon as it is made, and is told by its id', async () => {
      const mark = `of-${Date.now()}`
      await system.product('tenant-a', '1', mark)
      const made = await create('tenant-a', '--role', 'seller', '--expires', '90d', '--name', 'till 1')
      assert.match(made.key, /^tk_[\w-]{43}$/)
      const own = await call(made.key)
      assert.equal(own.status, 200)
      assert.match(JSON.stringify(own.body), new RegExp(mark))
      const other = await call((await create('tenant-d')).key)
      assert.equal(other.status, 200)
      assert.doesNotMatch(JSON.stringify(other.body), new RegExp(mark))
      const explained = await (await system.operate(`/explain/${own.id}`)).text()
      assert.ok(explained.includes(`urn:tenantry:api-key:${made.id}`))
      assert.ok(!explained.includes(made.key))
    })

    it('is shown once: lists, logs and the catalog have no more than its hash', async () => {
      const { key, id } = await create('tenant-a', '--name', 'shown once')
      assert.equal((await call(key)).status, 200)
      const listed = await system.tenantry('key', 'list', 'tenant-a')
      assert.match(listed, new RegExp(`^${id} +shown once`, 'm'))
      const hash = createHash('sha256').update(key).digest('hex')
      const client = new Client(postgresUrl(system, 'tenantry_catalog'))
      await client.connect()
      const { rows } = await client.query('select * from api_keys where id = $1', [id])
      await client.end()
      assert.equal(rows[0].hash, hash)
      const folder = join(system.home, 'logs')
      const logs = readdirSync(folder).map((log) => readFileSync(join(folder, log), 'utf8'))
      for (const text of [listed, JSON.stringify(rows), ...logs]) assert.ok(!text.includes(key.slice(3)))
      for (const text of [listed, ...logs]) assert.ok(!text.includes(hash))
    })

    it('that is revoked is 401 within 5 s, and stays so', async () => {
      const { key, id } = await create('tenant-b')
      assert.equal((await call(key)).status, 200)
      await system.tenantry('key', 'revoke', id)
      await eventually(5_000, async () => (await call(key)).status === 401)
      assert.equal((await call(key)).body.code, 'API_KEY_INVALID')
      await assert.rejects(system.tenantry('key', 'revoke', 'nobody'), /API_KEY_NOT_FOUND/)
    })

    it('of a suspended tenant is refused, and good again once it is active', async () => {
      const { key } = await create('tenant-e')
      await system.tenantry('tenant', 'suspend', 'tenant-e')
      try {
        await eventually(5_000, async () => (await call(key)).body.code === 'TENANT_SUSPENDED')
      } finally {
        await system.tenantry('tenant', 'activate', 'tenant-e')
      }
      await eventually(5_000, async () => (await call(key)).status === 200)
    })

    it('is made by operators alone, for tenants that there are', async () => {
      const token = await system.token('tenant-a', 'admin')
      for (const body of [undefined, {}]) {
        const path = '/tenants/tenant-a/api-keys'
        assert.equal((await system.operate(path, { token, ...(body && { body }) })).status, 401)
      }
      await assert.rejects(create('tenant-nobody'), /TENANT_NOT_FOUND/)
      await assert.rejects(create('tenant-a', '--expires', 'soon'), /BODY_INVALID/)
    })
  })
}
