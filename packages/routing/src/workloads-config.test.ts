import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from './config.ts'
import { serviceAccountOf } from './workloads-config.ts'

const kubernetes = { issuer: 'https://oidc.example.com/id/1', namespace: 'shop' }

function read(workloads: unknown, { mode = 'production', service = 'order' } = {}) {
  const issuer = mode === 'development' ? 'http://localhost:8085' : 'https://id.example.com'
  return readConfig({
    mode: mode as 'production',
    trustDomain: 'shop.example',
    identity: { issuer, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    tiers: { basic: { placement: 'pool' } },
    services: { [service]: { entry: 'order.ts' } },
    workloads: workloads as NonNullable<TenantryConfigInput['workloads']>,
  }).workloads.kubernetes
}
const refuses = (changes: object, message: RegExp, options = {}) =>
  assert.throws(() => read({ kubernetes: { ...kubernetes, ...changes } }, options), {
    code: 'CONFIG_INVALID',
    message,
  })

test('workloads prove themselves by keys unless a cluster is named', () => {
  assert.equal(read(undefined), undefined)
  assert.equal(read({}), undefined)
  assert.deepEqual(read({ kubernetes }), { ...kubernetes, folder: '/var/run/secrets/tenantry' })
})

test('outside development a cluster’s issuer and keys are https, and not of this machine', () => {
  for (const url of [
    'http://oidc.example.com',
    'https://localhost:6443',
    'https://127.0.0.1',
    'https://[::1]',
  ]) {
    refuses({ issuer: url }, /`workloads\.kubernetes\.issuer`: outside development[^`]*$/)
    refuses({ jwksUri: url }, /`workloads\.kubernetes\.jwksUri`: outside development/)
  }
  const local = { ...kubernetes, issuer: 'http://127.0.0.1:6443', jwksUri: 'http://127.0.0.1:6443/keys' }
  assert.equal(read({ kubernetes: local }, { mode: 'development' })?.issuer, local.issuer)
})

test('what is no issuer, namespace or folder is refused by path', () => {
  refuses({ issuer: 'cluster' }, /`workloads\.kubernetes\.issuer`/)
  refuses({ issuer: 'https://oidc.example.com?x=1' }, /`workloads\.kubernetes\.issuer`/)
  for (const namespace of ['', 'Shop', 'shop:x', 'a.b', '-a', 'a-', 'x'.repeat(64)])
    refuses({ namespace }, /`workloads\.kubernetes\.namespace`/)
  refuses({ folder: 'relative' }, /`workloads\.kubernetes\.folder`/)
  refuses({ audience: 'x' }, /audience/)
})

test('a service whose account could not have its name is refused where there is a cluster, and nowhere else', () => {
  refuses({}, /`services\.order-`: a service account cannot have this name/, { service: 'order-' })
  assert.equal(read({}, { service: 'order-' }), undefined)
})

test('a workload’s account is the one of its own id', () => {
  assert.equal(serviceAccountOf({ namespace: 'shop' }, 'order.pool'), 'system:serviceaccount:shop:order.pool')
})
