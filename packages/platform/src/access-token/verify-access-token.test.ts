import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Issuer, startIssuer } from '../../test/issuer.ts'
import { type AccessTokenVerifier, createAccessTokenVerifier } from './verify-access-token.ts'

let issuer: Issuer
let verifier: AccessTokenVerifier
const identity = () => ({ issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } })
before(async () => {
  issuer = await startIssuer()
  verifier = createAccessTokenVerifier(identity())
})
after(() => issuer.close())

const refuses = async (token: string | Promise<string>, code = 'ACCESS_TOKEN_INVALID') =>
  assert.rejects(verifier.verify(await token), { code, status: 401 })

test('a valid access token names tenant, subject and role, whichever allowed algorithm signed it', async () => {
  for (const alg of ['ES256', 'RS256']) {
    const { expiresAtMs, ...claims } = await verifier.verify(await issuer.sign({ alg }))
    assert.deepEqual(claims, { tenant: 'tenant-a', subject: 'seller@tenant-a', role: 'seller' })
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

test('a token without signature, with an altered one, or that brings its own key is refused', async () => {
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
  for (const more of [{ jku: `${issuer.url}/evil` }, { kid: '../../x' }, { kid: '__proto__' }]) {
    const asked = issuer.asked()
    const token = await issuer.sign({ header: more })
    if ('jku' in more) await verifier.verify(token)
    else await refuses(token)
    assert.ok(issuer.asked() - asked <= 1)
  }
})

test('a tenant that is no slug, or no tenant at all, is refused', async () => {
  for (const tenant of ['Tenant-A', 'İ', '__proto__', '', 7, ['tenant-a'], null, undefined]) {
    await refuses(issuer.sign({ claims: { tenant } }))
  }
})

test('a role that could not be written into a log or a header is none', async () => {
  const { role } = await verifier.verify(await issuer.sign({ claims: { role: 'a\nb' } }))
  assert.equal(role, undefined)
})

test('while the issuer is away tokens cannot be verified, and that is not the token’s fault', async () => {
  const away = createAccessTokenVerifier({ ...identity(), issuer: 'http://127.0.0.1:9' })
  await assert.rejects(away.verify(await issuer.sign()), { code: 'IDENTITY_PROVIDER_DOWN', status: 503 })
})
