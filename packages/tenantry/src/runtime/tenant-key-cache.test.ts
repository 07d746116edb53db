import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createTokenServiceClient, createWorkloadCredential, TenantryError } from '@tenantry/context'
import { TestPlatform } from '../../test/test-platform.ts'
import { createTenantKeyCache } from './tenant-key-cache.ts'

const platform = await TestPlatform.start()
const client = createTokenServiceClient({
  socketPath: platform.tokenServiceSocket,
  credential: createWorkloadCredential(platform.document()),
})
const asked = platform.keysAsked
beforeEach(() => {
  asked.length = 0
  platform.keyLifetimeMs = 60_000
  platform.keyTenant = undefined
})
after(() => platform.stop())

const createCache = () => createTenantKeyCache(client, platform.audience)

test('work of one tenant shares one key, also when it asks at once', async () => {
  const cache = createCache()
  const keys = await Promise.all(
    Array.from({ length: 20 }, () => cache.tenantKey(platform.scope('tenant-a'))),
  )
  assert.equal(new Set(keys).size, 1)
  assert.equal(await cache.tenantKey(platform.scope('tenant-a')), keys[0])
  assert.deepEqual(asked, ['tenant-a'])
})

test('tenants have keys of their own', async () => {
  const cache = createCache()
  const tenants = Array.from({ length: 50 }, (_, at) => `tenant-${at}`)
  const keys = await Promise.all(tenants.map((tenant) => cache.tenantKey(platform.scope(tenant))))
  assert.deepEqual(
    keys.map(({ tenant }) => tenant),
    tenants,
  )
})

test('open work renews a key that has less than 35 s left, and does not wait for it', async () => {
  const cache = createCache()
  platform.keyLifetimeMs = 34_000
  const first = await cache.tenantKey(platform.scope('tenant-a'))
  platform.keyLifetimeMs = 60_000
  const during = [1, 2, 3].map(() => cache.tenantKey(platform.scope('tenant-a')))
  assert.deepEqual(await Promise.all(during), [first, first, first])
  const renewed = await eventually(async () => {
    const key = await cache.tenantKey(platform.scope('tenant-a'))
    return key === first ? undefined : key
  })
  assert.ok(renewed.expiresAtMs > first.expiresAtMs)
  assert.deepEqual(asked, ['tenant-a', 'tenant-a'])
})

test('open work waits for another key when its own has less than 2 s left', async () => {
  const cache = createCache()
  platform.keyLifetimeMs = 1_900
  const first = await cache.tenantKey(platform.scope('tenant-a'))
  platform.keyLifetimeMs = 60_000
  assert.notEqual(await cache.tenantKey(platform.scope('tenant-a')), first)
})

test('a key serves until it ends while the token service is away, and then there is none', async () => {
  const service = { away: false }
  const cache = createTenantKeyCache(
    { tenantKey: (...asked) => (service.away ? Promise.reject(away()) : client.tenantKey(...asked)) },
    platform.audience,
  )
  platform.keyLifetimeMs = 3_000
  const first = await cache.tenantKey(platform.scope('tenant-a'))
  service.away = true
  assert.equal(await cache.tenantKey(platform.scope('tenant-a')), first)
  await delay(1_100)
  await assert.rejects(async () => cache.tenantKey(platform.scope('tenant-a')), {
    code: 'TOKEN_SERVICE_DOWN',
    status: 503,
  })
  service.away = false
  assert.notEqual(await cache.tenantKey(platform.scope('tenant-a')), first)
})

test('a key whose renewal is refused is used no more', async () => {
  const cache = createCache()
  platform.keyLifetimeMs = 34_000
  await cache.tenantKey(platform.scope('tenant-a'))
  platform.suspended.add('tenant-a')
  const code = await eventually(async () => {
    try {
      await cache.tenantKey(platform.scope('tenant-a'))
      return undefined
    } catch (error) {
      return (error as { code: string }).code
    }
  })
  platform.suspended.delete('tenant-a')
  assert.equal(code, 'TENANT_SUSPENDED')
})

function away(): TenantryError {
  return new TenantryError('TOKEN_SERVICE_DOWN', 'tokens cannot be had', { status: 503, help: '' })
}

/** What `look` finds, at most a second later. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let waitedMs = 0; waitedMs < 1_000; waitedMs += 10) {
    const found = await look()
    if (found !== undefined) return found
    await delay(10)
  }
  return assert.fail('not within a second')
}

test('work that ended gets no key, and may use what is left of one', async () => {
  const cache = createCache()
  const scope = platform.scope('tenant-a')
  scope.close()
  await assert.rejects(async () => cache.tenantKey(scope), { code: 'CONTEXT_CLOSED' })
  assert.deepEqual(asked, [])
  platform.keyLifetimeMs = 34_000
  const key = await cache.tenantKey(platform.scope('tenant-a'))
  assert.equal(await cache.tenantKey(scope), key)
  assert.deepEqual(asked, ['tenant-a'])
})

test('work that ended uses no key once its own token has expired, whoever keeps it fresh', async () => {
  const cache = createCache()
  await cache.tenantKey(platform.scope('tenant-a'))
  const scope = platform.scope('tenant-a', { expiresAtMs: Date.now() - 1 })
  scope.close()
  await assert.rejects(async () => cache.tenantKey(scope), { code: 'CONTEXT_CLOSED' })
})

test('an expired token is not presented, and fails no one who asks beside it', async () => {
  const cache = createCache()
  const expired = platform.scope('tenant-a', { expiresAtMs: Date.now() - 1 })
  const [late, live] = await Promise.allSettled([
    cache.tenantKey(expired),
    cache.tenantKey(platform.scope('tenant-a')),
  ])
  assert.equal(late.status === 'rejected' && late.reason.code, 'LEASE_EXPIRED')
  assert.equal(live.status, 'fulfilled')
  assert.deepEqual(asked, ['tenant-a'])
})

test('a key is gone when it expires', async () => {
  const cache = createCache()
  platform.keyLifetimeMs = 50
  const scope = platform.scope('tenant-a')
  await cache.tenantKey(scope)
  scope.close()
  await delay(80)
  await assert.rejects(async () => cache.tenantKey(scope), { code: 'CONTEXT_CLOSED' })
})

test('a thousand keys are kept, and the oldest goes first', async () => {
  const cache = createCache()
  const tenants = Array.from({ length: 1_001 }, (_, at) => `tenant-${at}`)
  for (const tenant of tenants) await cache.tenantKey(platform.scope(tenant))
  asked.length = 0
  await cache.tenantKey(platform.scope('tenant-1000'))
  await cache.tenantKey(platform.scope('tenant-1'))
  await cache.tenantKey(platform.scope('tenant-0'))
  assert.deepEqual(asked, ['tenant-0'])
})

test('a refusal is told by its code and not remembered', async () => {
  const cache = createCache()
  platform.suspended.add('tenant-a')
  await assert.rejects(async () => cache.tenantKey(platform.scope('tenant-a')), {
    code: 'TENANT_SUSPENDED',
    status: 403,
    message: 'this tenant is suspended',
  })
  platform.suspended.delete('tenant-a')
  assert.equal((await cache.tenantKey(platform.scope('tenant-a'))).tenant, 'tenant-a')
})

test('a key for another tenant than the work’s is neither used nor kept', async () => {
  const cache = createCache()
  platform.keyTenant = 'tenant-b'
  await assert.rejects(async () => cache.tenantKey(platform.scope('tenant-a')), { code: 'LEASE_INVALID' })
  platform.keyTenant = undefined
  asked.length = 0
  assert.equal((await cache.tenantKey(platform.scope('tenant-b'))).tenant, 'tenant-b')
  assert.deepEqual(asked, ['tenant-b'])
})
