import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readConfig } from '@tenantry/routing'
import { type Issuer, startIssuer } from '../../test/issuer.ts'
import { createAccessTokenVerifier } from './verify-access-token.ts'

let [ours, acme]: Issuer[] = []
before(async () => {
  ;[ours, acme] = await Promise.all([startIssuer(), startIssuer()])
})
after(() => Promise.all([ours?.close(), acme?.close()]))

const required = (issuer: Issuer | undefined) => issuer ?? assert.fail('no issuer')
const one = (issuer: Issuer | undefined, changes: object = {}) => ({
  issuer: required(issuer).url,
  audience: 'shop',
  claims: { tenant: 'tenant', role: 'role' },
  ...changes,
})
const verifierOf = (...identity: object[]) =>
  createAccessTokenVerifier(
    readConfig({
      mode: 'development',
      trustDomain: 'shop.example',
      identity,
      tiers: { basic: { placement: 'pool' } },
      services: {},
    }).identity,
  )
const sign = (issuer: Issuer | undefined, claims: object = {}, header: object = {}) =>
  required(issuer).sign({ claims: { ...claims }, header })

test('a customer’s issuer speaks for its own tenants and is refused for any other (attack 41)', async () => {
  const verifier = verifierOf(one(ours, { tenants: '*' }), one(acme, { tenants: ['acme'] }))
  assert.equal((await verifier.verify(await sign(acme, { tenant: 'acme' }))).tenant, 'acme')
  assert.equal((await verifier.verify(await sign(ours, { tenant: 'tenant-a' }))).tenant, 'tenant-a')
  for (const tenant of ['tenant-a', 'acme-2', '__proto__', 'constructor']) {
    await assert.rejects(verifier.verify(await sign(acme, { tenant })), {
      code: 'ISSUER_TENANT_REFUSED',
      status: 403,
      message: 'this issuer may not speak for the tenant',
    })
  }
})

test('one `sub` of two issuers is two users; of a single issuer it stays as it is (attack 41)', async () => {
  const both = verifierOf(one(ours, { tenants: '*' }), one(acme, { tenants: ['acme'] }))
  const subjects = await Promise.all(
    [ours, acme].map(async (issuer) => {
      const token = await sign(issuer, { sub: 'u1', tenant: 'acme' })
      return (await both.verify(token)).subject
    }),
  )
  assert.deepEqual(subjects, [`${required(ours).url}#u1`, `${required(acme).url}#u1`])
  const single = verifierOf(one(ours))
  assert.equal((await single.verify(await sign(ours, { sub: 'u1' }))).subject, 'u1')
})

test('a token of one issuer under the name of another is refused (attack 41)', async () => {
  const verifier = verifierOf(one(ours, { tenants: '*' }), one(acme, { tenants: ['acme'] }))
  const token = await sign(acme, { iss: required(ours).url, tenant: 'tenant-a' })
  await assert.rejects(verifier.verify(token), { code: 'ACCESS_TOKEN_INVALID', status: 401 })
})

test('an unknown issuer is refused, and neither it nor a known one is asked (attack 25)', async (t) => {
  const [fresh, stranger] = await Promise.all([startIssuer(), startIssuer()])
  t.after(() => Promise.all([fresh.close(), stranger.close()]))
  const verifier = verifierOf(one(fresh))
  for (const iss of [stranger.url, `${fresh.url}/`, `${fresh.url}.example.com`, 7, undefined]) {
    const token = await stranger.sign({ claims: { iss: iss as string } })
    await assert.rejects(verifier.verify(token), { code: 'ACCESS_TOKEN_INVALID', status: 401 })
  }
  assert.deepEqual([fresh.reached(), stranger.reached()], [0, 0])
})

test('an issuer’s own values become our tenants by its map, the longest beginning first', async () => {
  const tenants = { 'a1b2-c3': 'tenant-a', 'org_*': 'acme-*', 'org_eu_*': 'acme-eu-*' }
  const verifier = verifierOf(one(ours, { tenants }))
  for (const [theirs, tenant] of [
    ['a1b2-c3', 'tenant-a'],
    ['org_7', 'acme-7'],
    ['org_eu_7', 'acme-eu-7'],
  ]) {
    assert.equal((await verifier.verify(await sign(ours, { tenant: theirs }))).tenant, tenant)
  }
  for (const theirs of ['tenant-a', 'org_', 'org_*', 'org_A', 'org_../x', 'a1b2-c3 ']) {
    await assert.rejects(verifier.verify(await sign(ours, { tenant: theirs })), {
      code: 'ISSUER_TENANT_REFUSED',
    })
  }
})

test('Cognito: a header without `typ`, `client_id` in place of `aud`, and no ID token', async () => {
  const verifier = verifierOf(
    one(ours, { types: ['none'], audienceClaim: 'client_id', requires: { token_use: 'access' } }),
  )
  const access = { token_use: 'access', client_id: 'shop', aud: undefined }
  const none = { typ: undefined }
  assert.equal((await verifier.verify(await sign(ours, access, none))).tenant, 'tenant-a')
  for (const [claims, header] of [
    [{ token_use: 'id', aud: 'shop' }, none],
    [{ ...access, token_use: 'id' }, none],
    [{ ...access, token_use: undefined }, none],
    [{ ...access, client_id: 'other' }, none],
    [{ ...access, client_id: undefined, aud: 'shop' }, none],
    [access, { typ: 'JWT' }],
    [access, { typ: 'at+jwt' }],
  ] as const) {
    await assert.rejects(verifier.verify(await sign(ours, claims, header)), { code: 'ACCESS_TOKEN_INVALID' })
  }
})

test('Entra: the plain type `JWT`, told from an ID token by `scp`', async () => {
  const verifier = verifierOf(one(ours, { types: ['JWT'], requires: { ver: '2.0', scp: true } }))
  const access = { ver: '2.0', scp: 'orders.read', azp: 'client' }
  const plain = { typ: 'JWT' }
  assert.equal((await verifier.verify(await sign(ours, access, plain))).tenant, 'tenant-a')
  for (const claims of [{ ver: '2.0' }, { ...access, ver: '1.0' }, { ...access, scp: '' }])
    await assert.rejects(verifier.verify(await sign(ours, claims, plain)), { code: 'ACCESS_TOKEN_INVALID' })
  await assert.rejects(verifier.verify(await sign(ours, access)), { code: 'ACCESS_TOKEN_INVALID' })
})

test('Keycloak: roles by a path, and the first that the configuration names is the user’s', async () => {
  const claims = { tenant: 'tenant', role: 'realm_access.roles', roles: ['admin', 'seller'] }
  const keycloak = { claims, types: ['JWT'], requires: { typ: 'Bearer' } }
  const roleOf = async (roles: unknown, changes: object = keycloak) => {
    const token = await sign(ours, { typ: 'Bearer', realm_access: { roles } }, { typ: 'JWT' })
    return (await verifierOf(one(ours, changes)).verify(token)).role
  }
  assert.equal(await roleOf(['offline_access', 'seller', 'admin']), 'admin')
  assert.equal(await roleOf(['offline_access']), undefined)
  assert.equal(await roleOf('seller'), 'seller')
  assert.equal(await roleOf({ admin: true }), undefined)
  const unordered = { ...keycloak, claims: { ...claims, roles: undefined } }
  assert.equal(await roleOf(['seller'], unordered), 'seller')
  assert.equal(await roleOf(['seller', 'admin'], unordered), undefined)
  const idToken = await sign(ours, { typ: 'ID' }, { typ: 'JWT' })
  await assert.rejects(verifierOf(one(ours, keycloak)).verify(idToken), { code: 'ACCESS_TOKEN_INVALID' })
})

test('Auth0: an issuer that ends in a slash, several audiences, and a claim that is a URL', async (t) => {
  const claims = { tenant: 'https://example.com/tenant', role: 'https://example.com/role' }
  const verifier = verifierOf(one(ours, { claims, audience: ['api', 'shop'] }))
  const access = { aud: ['shop', 'userinfo'], tenant: undefined, 'https://example.com/tenant': 'tenant-b' }
  assert.equal((await verifier.verify(await sign(ours, access))).tenant, 'tenant-b')
  await assert.rejects(verifier.verify(await sign(ours, { ...access, aud: ['userinfo'] })), {
    code: 'ACCESS_TOKEN_INVALID',
  })
  const slashed = await startIssuer('/')
  t.after(() => slashed.close())
  const token = await slashed.sign()
  assert.equal((await verifierOf(one(slashed)).verify(token)).tenant, 'tenant-a')
})

test('of a token’s several tenants the request chooses one, and nothing else', async () => {
  const verifier = verifierOf(one(ours))
  const several = await sign(ours, { tenant: ['tenant-a', 'tenant-b'] })
  assert.equal((await verifier.verify(several, 'tenant-b')).tenant, 'tenant-b')
  assert.equal((await verifier.verify(several, 'tenant-a')).tenant, 'tenant-a')
  await assert.rejects(verifier.verify(several), { code: 'TENANT_CHOICE_MISSING', status: 400 })
  for (const choice of ['tenant-c', '', 'Tenant-A', 'tenant-a, tenant-b', '__proto__']) {
    await assert.rejects(verifier.verify(several, choice), { code: 'TENANT_CHOICE_REFUSED', status: 403 })
  }
})

test('a token of one tenant needs no choice, and bears no other', async () => {
  const verifier = verifierOf(one(ours))
  for (const tenant of ['tenant-a', ['tenant-a']]) {
    const token = await sign(ours, { tenant })
    assert.equal((await verifier.verify(token)).tenant, 'tenant-a')
    assert.equal((await verifier.verify(token, 'tenant-a')).tenant, 'tenant-a')
    await assert.rejects(verifier.verify(token, 'tenant-b'), { code: 'TENANT_CHOICE_REFUSED', status: 403 })
  }
})

test('a tenant that the issuer may not speak for is none to choose, also among others (attack 41)', async () => {
  const verifier = verifierOf(one(ours, { tenants: ['tenant-a'] }))
  const token = await sign(ours, { tenant: ['tenant-a', 'tenant-b'] })
  assert.equal((await verifier.verify(token, 'tenant-a')).tenant, 'tenant-a')
  await assert.rejects(verifier.verify(token, 'tenant-b'), { code: 'TENANT_CHOICE_REFUSED' })
  // What is left is one, but the user has two: which one a request is for stays the request's to say.
  await assert.rejects(verifier.verify(token), { code: 'TENANT_CHOICE_MISSING' })
})
