import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'

const read = (gateway?: unknown) =>
  readConfig({
    trustDomain: 'shop.example',
    identity: { issuer: 'https://id.example', audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts', routes: ['/orders'] } },
    ...(gateway !== undefined && { gateway }),
  }).gateway

test('a configuration that says nothing has one gateway, without TLS, that waits as it is documented', () => {
  const timeouts = { headersMs: 10_000, requestMs: 60_000, answerMs: 30_000, keepAliveMs: 5_000 }
  assert.deepEqual(read(), { processes: 1, timeouts: { ...timeouts, socketIdleMs: 300_000 } })
})

test('what is declared is kept, and the rest is as it is by default', () => {
  const gateway = read({ processes: 3, tls: { cert: 'a.crt', key: 'a.key' }, timeouts: { answerMs: 1_000 } })
  assert.deepEqual([gateway.processes, gateway.tls], [3, { cert: 'a.crt', key: 'a.key' }])
  assert.deepEqual([gateway.timeouts.answerMs, gateway.timeouts.requestMs], [1_000, 60_000])
})

for (const [gateway, fault] of [
  [{ processes: 0 }, /`gateway\.processes`/],
  [{ processes: 1.5 }, /`gateway\.processes`/],
  [{ tls: { cert: 'a.crt' } }, /`gateway\.tls\.key`/],
  [{ tls: { cert: '', key: 'a.key' } }, /`gateway\.tls\.cert`: name the PEM file of the certificate/],
  [{ tls: { cert: 'a.crt', key: 'a.key', passphrase: 'x' } }, /`gateway\.tls`/],
  [{ timeouts: { answerMs: 0 } }, /`gateway\.timeouts\.answerMs`/],
  [{ timeouts: { headersMs: 70_000 } }, /`gateway\.timeouts\.headersMs`: .*at most `requestMs`/],
  [{ tsl: {} }, /`gateway`/],
] as const) {
  test(`${JSON.stringify(gateway)} is refused by its path`, () => {
    assert.throws(
      () => read(gateway),
      (error: Error & { code: string }) => error.code === 'CONFIG_INVALID' && fault.test(error.message),
    )
  })
}
