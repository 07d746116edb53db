import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signJws } from './jws.ts'
import { generateSigningJwk, keyFinder, publicJwk, readSigningKey } from './signing-key.ts'
import { assertionSource, signWorkloadAssertion, verifyWorkloadAssertion } from './workload-assertion.ts'

const jwk = generateSigningJwk()
const key = readSigningKey(jwk)
const find = keyFinder([publicJwk(jwk)])

test('an assertion proves a workload to one audience', () => {
  const assertion = signWorkloadAssertion('order.pool', 'token-service', key)
  assert.equal(verifyWorkloadAssertion(assertion, 'token-service', find), 'order.pool')
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

test('a source gives one live assertion many times', () => {
  const source = assertionSource('order.pool', 'token-service', key)
  assert.equal(source(), source())
  assert.equal(verifyWorkloadAssertion(source(), 'token-service', find), 'order.pool')
})
