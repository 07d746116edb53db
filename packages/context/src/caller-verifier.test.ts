import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { callerRefused, createCallerVerifier } from './caller-verifier.ts'
import { TenantryError } from './errors.ts'
import type { Caller } from './token-service-answers.ts'

const refused = { code: 'CALLER_REFUSED', status: 403 }
const lifetimeMs = 60_000

/** A verifier, with what it asks of a token service that knows these credentials. */
function plant() {
  const asked: string[] = []
  const callers = new Map<string, Caller>()
  const know = (credential: string, workload: string, tenant: string | null = null) =>
    callers.set(credential, { workload, tenant, expiresAtMs: Date.now() + lifetimeMs })
  const state: { failure: TenantryError | undefined } = { failure: undefined }
  know('order.of.pool', 'order.pool')
  know('order.of.silo', 'order.0a0a0a0a', 'tenant-c')
  const caller = async (credential: string) => {
    asked.push(credential)
    if (state.failure) throw state.failure
    return callers.get(credential) ?? refuse()
  }
  return { verifier: createCallerVerifier({ client: { caller } }), asked, callers, know, state }
}

const refuse = () => {
  throw callerRefused()
}
const down = (code: string) => new TenantryError(code, 'down', { status: 503, help: '' })

afterEach(() => mock.timers.reset())

test('a caller is known by one credential, as the token service knows it', async () => {
  const { verifier } = plant()
  assert.equal(await verifier.verify(['order.of.pool'], 'tenant-a'), 'order.pool')
  for (const credentials of [[], ['order.of.pool', 'order.of.pool'], ['order.of.nobody']])
    await assert.rejects(verifier.verify(credentials, 'tenant-a'), refused)
})

test('the token service is not asked for what has not the form of a credential', async () => {
  const { verifier, asked } = plant()
  for (const credential of ['', 'x', 'a.b', 'a.b.c.d', 'a.b.c=', `a.${'b'.repeat(8_200)}.c`])
    await assert.rejects(verifier.verify([credential], 'tenant-a'), refused)
  assert.deepEqual(asked, [])
})

test('a silo calls for its own tenant, and for no other', async () => {
  const { verifier } = plant()
  assert.equal(await verifier.verify(['order.of.silo'], 'tenant-c'), 'order.0a0a0a0a')
  await assert.rejects(verifier.verify(['order.of.silo'], 'tenant-a'), refused)
})

test('a caller is asked for once, also by calls that come at the same time', async () => {
  const { verifier, asked } = plant()
  await Promise.all(Array.from({ length: 50 }, () => verifier.verify(['order.of.pool'], 'tenant-a')))
  await verifier.verify(['order.of.pool'], 'tenant-b')
  assert.equal(asked.length, 1)
})

test('a caller that may call no longer is refused after 30 s', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { verifier, callers, asked } = plant()
  await verifier.verify(['order.of.pool'], 'tenant-a')
  callers.clear()
  mock.timers.tick(29_000)
  await verifier.verify(['order.of.pool'], 'tenant-a')
  mock.timers.tick(2_000)
  await assert.rejects(verifier.verify(['order.of.pool'], 'tenant-a'), refused)
  await assert.rejects(verifier.verify(['order.of.pool'], 'tenant-a'), refused)
  assert.equal(asked.length, 3)
})

test('while the token service is away, who is known stays known until the credential ends, and no others are let in', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { verifier, state } = plant()
  await verifier.verify(['order.of.pool'], 'tenant-a')
  for (const code of ['TOKEN_SERVICE_DOWN', 'WORKLOAD_ISSUER_DOWN']) {
    state.failure = down(code)
    mock.timers.tick(29_500)
    assert.equal(await verifier.verify(['order.of.pool'], 'tenant-a'), 'order.pool')
    await assert.rejects(verifier.verify(['order.of.silo'], 'tenant-c'), { code, status: 503 })
  }
  mock.timers.tick(1_000)
  await assert.rejects(verifier.verify(['order.of.pool'], 'tenant-a'), refused)
})
