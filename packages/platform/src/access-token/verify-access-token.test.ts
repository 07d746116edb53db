import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readConfig } from '@tenantry/routing'
import { type Issuer, startIssuer } from '../../test/issuer.ts'
import { type AccessTokenVerifier, createAccessTokenVerifier } from './verify-access-token.ts'

let issuer: Issuer
let verifier: AccessTokenVerifier
const one = (changes: object = {}) => ({
  issuer: issuer.url,
  audience: 'shop',
  claims: { tenant: 'tenant', role: 'role' },
  ...changes,
})
/** What the configuration makes of these issuers. */
const identity = (...issuers: object[]) =>
  readConfig({
    mode: 'development',
    trustDomain: 'shop.example',
    identity: issuers.length > 0 ? issuers : one(),
    tiers: { basic: { placement: 'pool' } },
    services: {},
  }).identity
before(async () => {
  issuer = await startIssuer()
  verifier = createAccessTokenVerifier(identity())
})
after(() => issuer.close())

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const refuses = async (token: string | Promise<string>, code = 'ACCESS_TOKEN_INVALID') =>
  assert.rejects(verifier.verify(await token), { code, status: 401 })

test('a valid access token names tenant, subject and role, whichever allowed algorithm signed it', async () => {
  for (const alg of ['ES256', 'RS256']) {
    const { expiresAtMs, ...claims } = await verifier.verify(await issuer.sign({ alg }))
    assert.deepEqual(claims, {
      ...{ tenant: 'tenant-a', issuer: issuer.url },
      ...{ subject: 'seller@tenant-a', role: 'seller' },
    })
    assert.ok(expiresAtMs > Date.now())
  }
})

test('another issuer, another audience and another type of token are refused', async () => {
  await refuses(issuer.sign({ claims: { iss: 'http://127.0.0.1:1' } }))
  await refuses(issuer.sign({ claims: { aud: 'other' } }))
  for (const typ of ['JWT', 'dpop+jwt', 'txntoken+jwt', undefined])
    await refuses(issuer.sign({ header: { typ } }))
})

test('an expired token is refused by its own name, also one that was good a moment ago', async () => {
  await refuses(issuer.sign({ expiresIn: Math.floor(Date.now() / 1000) - 1 }), 'ACCESS_TOKEN_EXPIRED')
  const brief = await issuer.sign({ expiresIn: Math.floor(Date.now() / 1000) + 1 })
  await verifier.verify(brief)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  await refuses(brief, 'ACCESS_TOKEN_EXPIRED')
})

test('a token without signature or with an altered one is refused (attack 25)', async () => {
  const [header, payload, signature = ''] = (await issuer.sign()).split('.')
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
  const other = Buffer.from(JSON.stringify({ tenant: 'tenant-b' })).toString('base64url')
  for (const token of [
    '',
    'x',
    `${none}.${payload}.`,
    `${header}.${other}.${signature}`,
    `${header}.${payload}.${signature.split('').reverse().join('')}`,
    'a'.repeat(9_000),
  ]) {
    await refuses(token)
  }
})

test('a header that brings or points to a key is refused, and nobody is asked (attack 25)', async (t) => {
  const stranger = await startIssuer()
  t.after(() => stranger.close())
  const fresh = createAccessTokenVerifier(identity())
  const before = issuer.reached()
  const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }
  for (const header of [
    { jku: `${stranger.url}/jwks` },
    { x5u: `${stranger.url}/chain` },
    { jwk },
    { x5c: ['MIIB'] },
    { kid: 'k'.repeat(257) },
    { kid: '' },
    { typ: 7 },
  ]) {
    await assert.rejects(fresh.verify(await issuer.sign({ header })), { code: 'ACCESS_TOKEN_INVALID' })
  }
  for (const header of [{ alg: 'HS256' }, { alg: 'none' }, { crit: ['b64'], b64: false }, { alg: 7 }]) {
    const forged = part({ typ: 'at+jwt', alg: 'ES256', kid: 'ES256', ...header })
    const payload = part({ iss: issuer.url })
    await assert.rejects(fresh.verify(`${forged}.${payload}.AAAA`), { code: 'ACCESS_TOKEN_INVALID' })
  }
  assert.deepEqual([stranger.reached(), issuer.reached() - before], [0, 0])
})

test('a `kid` that no key has is refused, whatever is in it, and asks for the keys once at most (attack 25)', async () => {
  for (const kid of ['../../x', '__proto__', "' or 1=1--"]) {
    const asked = issuer.asked()
    await refuses(issuer.sign({ header: { kid } }))
    assert.ok(issuer.asked() - asked <= 1)
  }
})

test('bytes that are no token get 401, whatever they are (attack 25)', async () => {
  const [header = '', payload = '', signature = ''] = (await issuer.sign()).split('.')
  for (const token of [
    '..',
    'a.b.c',
    `${header}.${payload}`,
    `${header}.${payload}.${signature}.${signature}`,
    `${part([])}.${payload}.${signature}`,
    `${part(null)}.${payload}.${signature}`,
    `${header}.${part('text')}.${signature}`,
    `${header}.${part({ iss: issuer.url })}.AA`,
    `${header}.${payload}.A`,
    `${Buffer.from([0xff, 0xfe]).toString('base64url')}.${payload}.${signature}`,
    `${part({ typ: 'at+jwt', alg: 'EdDSA', kid: 'ES256' })}.${payload}.${signature}`,
    `${part({ typ: 'at+jwt', alg: 'RS256', kid: 'ES256' })}.${payload}.${signature}`,
  ]) {
    await refuses(token)
  }
})

test('times at their edges are refused, not rounded (attack 25)', async () => {
  const nowS = Math.floor(Date.now() / 1000)
  for (const claims of [
    { exp: nowS + 60.5 },
    { exp: 1e300 },
    { exp: 9e15 },
    { exp: String(nowS + 60) },
    { exp: null },
    { nbf: nowS + 60 },
    { nbf: 'soon' },
  ]) {
    await refuses(issuer.signExactly(claims))
  }
  await refuses(issuer.signExactly({ exp: 0 }), 'ACCESS_TOKEN_EXPIRED')
  await refuses(issuer.signExactly({ exp: -1 }), 'ACCESS_TOKEN_EXPIRED')
})

test('a tenant that is no slug, or no tenant at all, is refused', async () => {
  for (const tenant of ['Tenant-A', 'İ', '__proto__', '', 7, [], [7], ['Tenant-A'], {}, null, undefined]) {
    await refuses(issuer.sign({ claims: { tenant } }))
  }
})

test('a role that could not be written into a log or a header is none', async () => {
  const { role } = await verifier.verify(await issuer.sign({ claims: { role: 'a\nb' } }))
  assert.equal(role, undefined)
})

test('while the issuer is away tokens cannot be verified, and that is not the token’s fault', async () => {
  const away = createAccessTokenVerifier(identity(one({ issuer: 'http://127.0.0.1:9' })))
  const token = await issuer.sign({ claims: { iss: 'http://127.0.0.1:9' } })
  await assert.rejects(away.verify(token), { code: 'IDENTITY_PROVIDER_DOWN', status: 503 })
})
