import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { signJws } from './jws.ts'
import { generateSigningJwk, keyFinder, publicJwk, readSigningKey } from './signing-key.ts'
import { assertionCredential, signWorkloadAssertion, verifyWorkloadAssertion } from './workload-assertion.ts'

const jwk = generateSigningJwk()
const key = readSigningKey(jwk)
const find = keyFinder([publicJwk(jwk)])

test('an assertion proves a workload to one audience', () => {
  const assertion = signWorkloadAssertion('order.pool', 'token-service', key)
  const { workload, expiresAtMs } = verifyWorkloadAssertion(assertion, 'token-service', find)
  assert.equal(workload, 'order.pool')
  assert.ok(expiresAtMs > Date.now() && expiresAtMs <= Date.now() + 600_000)
  assert.throws(() => verifyWorkloadAssertion(assertion, 'control-plane', find), {
    code: 'WORKLOAD_REFUSED',
    status: 401,
  })
})

test('one that is over, long-lived, of another issuer or another kind is refused', () => {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: 'order.pool', sub: 'order.pool', aud: 'token-service', iat, exp: iat + 60 }
  for (const changes of [
    { exp: iat - 1 },
    { exp: iat + 3600 },
    { iss: 'gateway' },
    { exp: undefined },
    { sub: 7, iss: 7 },
  ]) {
    const assertion = signJws('client-authentication+jwt', { ...claims, ...changes }, key)
    assert.throws(() => verifyWorkloadAssertion(assertion, 'token-service', find), {
      code: 'WORKLOAD_REFUSED',
    })
  }
  const token = signJws('txntoken+jwt', claims, key)
  assert.throws(() => verifyWorkloadAssertion(token, 'token-service', find), { code: 'TOKEN_MALFORMED' })
})

test('one assertion serves the calls of 5 minutes to one audience', () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const credential = assertionCredential('order.pool', key)
  const first = credential('service/product')
  mock.timers.tick(299_000)
  assert.equal(credential('service/product'), first)
  assert.notEqual(credential('service/invoice'), first)
  mock.timers.tick(2_000)
  const next = credential('service/product')
  assert.notEqual(next, first)
  assert.equal(verifyWorkloadAssertion(next, 'service/product', find).workload, 'order.pool')
  mock.timers.reset()
})
