import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSigningJwk, keyFinder, publicJwk } from './signing-key.ts'
import { verifyWorkloadAssertion } from './workload-assertion.ts'
import { serviceAudience } from './workload-audience.ts'
import { createWorkloadCredential } from './workload-credential.ts'

const workload = 'order.pool'
const key = generateSigningJwk()

test('a process proves itself with its key, or with what is kept in its folder', () => {
  const signed = createWorkloadCredential({ workload, key })('control-plane')
  const { workload: id } = verifyWorkloadAssertion(signed, 'control-plane', keyFinder([publicJwk(key)]))
  assert.equal(id, workload)
  const projected = createWorkloadCredential({ workload, credentials: { folder: '/nowhere' } })
  assert.throws(() => projected('control-plane'), { code: 'CREDENTIAL_MISSING' })
})

test('a process with both or neither does not start', () => {
  const unclear = { code: 'CREDENTIAL_UNCLEAR' }
  assert.throws(() => createWorkloadCredential({ workload }), unclear)
  assert.throws(() => createWorkloadCredential({ workload, key, credentials: { folder: '/x' } }), unclear)
})

test('no service’s name makes an audience of the platform’s own processes', () => {
  assert.notEqual(serviceAudience('token-service'), 'token-service')
})
