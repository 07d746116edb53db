import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from './config.ts'
import { claimPath } from './identity-config.ts'

const claims = { tenant: 'tenant', role: 'role' }
const one = { issuer: 'https://id.example.com', audience: 'shop', claims }
const other = { issuer: 'https://login.example.org/', audience: ['a', 'b'], claims, tenants: ['tenant-b'] }
const read = (identity: unknown, mode = 'production') =>
  readConfig({
    mode,
    trustDomain: 'shop.example',
    identity: identity as TenantryConfigInput['identity'],
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts' } },
  }).identity
const refuses = (identity: unknown, message: RegExp) =>
  assert.throws(() => read(identity), { code: 'CONFIG_INVALID', message })

test('one issuer and a list of one are the same', () => {
  assert.deepEqual(read(one), read([one]))
  const [{ types, audienceClaim, requires, tenants } = assert.fail('no issuer')] = read(one)
  assert.deepEqual(
    { types, audienceClaim, requires, tenants },
    { types: ['at+jwt'], audienceClaim: 'aud', requires: {}, tenants: undefined },
  )
  assert.deepEqual(readConfigTwice(), read(one))
})

// What was read may be read again: the platform's processes are given it.
function readConfigTwice() {
  return read(JSON.parse(JSON.stringify(read(one))))
}

test('of several issuers each says for which tenants, and none is there twice', () => {
  assert.equal(read([{ ...one, tenants: '*' }, other]).length, 2)
  refuses([one, other], /`identity\.0\.tenants`: of several issuers/)
  refuses(
    [
      { ...one, tenants: '*' },
      { ...one, tenants: '*' },
    ],
    /`identity\.1\.issuer`: it is declared twice/,
  )
  refuses([], /identity/)
})

test('each of several issuers is https and not loopback outside development', () => {
  const local = { ...other, issuer: 'http://localhost:8085' }
  refuses([{ ...one, tenants: '*' }, local], /`identity\.1\.issuer`: outside development/)
  assert.equal(read([{ ...one, tenants: '*' }, local], 'development').length, 2)
  for (const issuer of ['https://id.example.com/?x', 'https://id.example.com/#x', 'id.example.com'])
    refuses({ ...one, issuer }, /identity/)
})

test('tokens of the plain type `JWT`, or of none, need a claim that no ID token has', () => {
  for (const types of [['JWT'], ['none'], ['at+jwt', 'JWT']]) {
    refuses({ ...one, types }, /`identity\.requires`/)
    refuses({ ...one, types, requires: { sub: true, nonce: 'x' } }, /`identity\.requires`/)
    assert.equal(read({ ...one, types, requires: { token_use: 'access' } }).length, 1)
  }
  refuses({ ...one, types: ['dpop+jwt'] }, /identity/)
})

test('a map of tenants has a `*` on both sides or on neither, and ids of ours on the right', () => {
  const tenants = { 'a1b2-c3': 'tenant-a', 'org_*': 'acme-*', '*': 'guest-*' }
  assert.deepEqual(read({ ...one, tenants })[0]?.tenants, tenants)
  refuses({ ...one, tenants: { 'org_*': 'tenant-a' } }, /`identity\.tenants\.org_\*`/)
  refuses({ ...one, tenants: { org: 'acme-*' } }, /`identity\.tenants\.org`/)
  for (const wrong of [{ org: 'Acme' }, { 'o*': 'A-*' }, ['Acme'], [], 'tenant-a'])
    refuses({ ...one, tenants: wrong }, /identity/)
})

test('dots lead into objects, but a URL is one claim and a list is a path as it stands', () => {
  assert.deepEqual(claimPath('realm_access.roles'), ['realm_access', 'roles'])
  assert.deepEqual(claimPath('custom:tenant_id'), ['custom:tenant_id'])
  assert.deepEqual(claimPath('https://example.com/tenant'), ['https://example.com/tenant'])
  assert.deepEqual(claimPath(['resource_access', 'shop.web', 'roles']), [
    'resource_access',
    'shop.web',
    'roles',
  ])
})
