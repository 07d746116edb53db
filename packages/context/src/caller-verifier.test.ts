import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { callerSource } from './caller-assertion.ts'
import { callerRefused, createCallerVerifier } from './caller-verifier.ts'
import { TenantryError } from './errors.ts'
import { generateSigningJwk, publicJwk, readSigningKey } from './signing-key.ts'
import type { Caller } from './token-service-answers.ts'
import { signWorkloadAssertion } from './workload-assertion.ts'

const [orderKey, siloKey, otherKey] = [generateSigningJwk(), generateSigningJwk(), generateSigningJwk()]
const order = callerSource('order.pool', readSigningKey(orderKey))
const refused = { code: 'CALLER_REFUSED', status: 403 }

/** A verifier of the service `product`, with what it asks of a token service that knows these callers. */
function plant() {
  const asked: string[] = []
  const callers = new Map<string, Caller>()
  const know = (workload: string, jwk: typeof orderKey, tenant: string | null = null) =>
    callers.set(publicJwk(jwk).kid, { workload, tenant, jwk: publicJwk(jwk) })
  const state = { down: false }
  know('order.pool', orderKey)
  know('order.0a0a0a0a', siloKey, 'tenant-c')
  const caller = async (kid: string) => {
    asked.push(kid)
    if (state.down) throw new TenantryError('TOKEN_SERVICE_DOWN', 'down', { status: 503, help: '' })
    const known = callers.get(kid)
    if (!known) throw callerRefused()
    return known
  }
  const verifier = createCallerVerifier({ client: { caller }, service: 'product' })
  return { verifier, asked, callers, know, state }
}

afterEach(() => mock.timers.reset())

test('a caller is known by one assertion, for the service that it calls', async () => {
  const { verifier } = plant()
  assert.equal(await verifier.verify([order('product')], 'tenant-a'), 'order.pool')
  const others = [
    [],
    [order('product'), order('product')],
    [order('invoice')],
    [''],
    ['a.b.c'],
    // An assertion for another audience of the platform's is none for a service of that name.
    [signWorkloadAssertion('order.pool', 'product', readSigningKey(orderKey))],
    [callerSource('order.pool', readSigningKey(otherKey))('product')],
    // A caller cannot take another's name.
    [callerSource('invoice.pool', readSigningKey(orderKey))('product')],
    [`${order('product').slice(0, -4)}AAAA`],
  ]
  for (const assertions of others) await assert.rejects(verifier.verify(assertions, 'tenant-a'), refused)
})

test('a silo calls for its own tenant, and for no other', async () => {
  const { verifier } = plant()
  const assertion = callerSource('order.0a0a0a0a', readSigningKey(siloKey))('product')
  assert.equal(await verifier.verify([assertion], 'tenant-c'), 'order.0a0a0a0a')
  await assert.rejects(verifier.verify([assertion], 'tenant-a'), refused)
})

test('a caller is asked for once, also by calls that come at the same time', async () => {
  const { verifier, asked } = plant()
  const calls = Array.from({ length: 50 }, () => verifier.verify([order('product')], 'tenant-a'))
  await Promise.all(calls)
  await verifier.verify([order('product')], 'tenant-b')
  assert.equal(asked.length, 1)
})

test('an assertion ends, and so does a key that is no longer known', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { verifier, callers } = plant()
  const assertion = callerSource('order.pool', readSigningKey(orderKey))('product')
  await verifier.verify([assertion], 'tenant-a')
  mock.timers.tick(31_000)
  callers.delete(publicJwk(orderKey).kid)
  await assert.rejects(verifier.verify([assertion], 'tenant-a'), refused)
  const later = plant()
  mock.timers.tick(30_000)
  await assert.rejects(later.verifier.verify([assertion], 'tenant-a'), refused)
})

test('a deployment’s new key is known at its first call', async () => {
  const { verifier, know } = plant()
  await verifier.verify([order('product')], 'tenant-a')
  const anew = callerSource('order.pool', readSigningKey(otherKey))('product')
  await assert.rejects(verifier.verify([anew], 'tenant-a'), refused)
  know('order.pool', otherKey)
  assert.equal(await verifier.verify([anew], 'tenant-a'), 'order.pool')
})

test('callers that are known stay known while the token service is away, and no others are let in', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { verifier, state } = plant()
  const source = callerSource('order.pool', readSigningKey(orderKey))
  await verifier.verify([source('product')], 'tenant-a')
  state.down = true
  mock.timers.tick(120_000)
  assert.equal(await verifier.verify([source('product')], 'tenant-a'), 'order.pool')
  const silo = callerSource('order.0a0a0a0a', readSigningKey(siloKey))('product')
  await assert.rejects(verifier.verify([silo], 'tenant-c'), { code: 'TOKEN_SERVICE_DOWN', status: 503 })
})

test('one assertion serves the calls of 45 s to one service', () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const source = callerSource('order.pool', readSigningKey(orderKey))
  const first = source('product')
  mock.timers.tick(44_000)
  assert.equal(source('product'), first)
  assert.notEqual(source('invoice'), first)
  mock.timers.tick(2_000)
  assert.notEqual(source('product'), first)
})
