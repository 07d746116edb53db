import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { readConfig } from '@tenantry/routing'
import { type NextAnswer, type ScriptedIssuer, startScriptedIssuer } from '../../../test/scripted-issuer.ts'
import { OperatorSignIn } from './operator-sign-in.ts'

const redirectUri = 'http://localhost:8090/sign-in/callback'
let issuer: ScriptedIssuer
before(async () => {
  issuer = await startScriptedIssuer('tenantry-console')
})
after(() => issuer.close())

function signInAt(url: string, clientSecret?: string): OperatorSignIn {
  const { identity, operators } = readConfig({
    mode: 'development',
    trustDomain: 'shop',
    identity: { issuer: url, audience: 'shop', claims: { tenant: 'custom:tenant_id', role: 'role' } },
    operators: { issuer: url, requires: { groups: 'operators' } },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'main.ts' } },
  })
  return new OperatorSignIn({ operators: operators ?? assert.fail(), clientSecret, identity, redirectUri })
}

/** A sign-in that the issuer answers so. */
async function finish(
  next: NextAnswer,
  { query = {}, clientSecret }: { query?: object; clientSecret?: string } = {},
) {
  const operatorSignIn = signInAt(issuer.url, clientSecret)
  const { signIn } = await operatorSignIn.begin()
  issuer.next = next
  issuer.nonce = signIn.nonce
  return operatorSignIn.finish(new URLSearchParams({ code: 'c', state: signIn.state, ...query }), signIn)
}
const refuses = (next: NextAnswer, code = 'SIGN_IN_REFUSED') =>
  assert.rejects(finish(next), { code, status: 403 })

test('an ID token that is right in all signs its operator in, under the name that it gives', async () => {
  assert.deepEqual(await finish({}), { subject: 'ada', name: 'ada' })
  const named = { name: 'Ada Lovelace', email: 'ada@example.com' }
  assert.deepEqual(await finish({ claims: named }), { subject: 'ada', name: 'Ada Lovelace' })
  assert.equal((await finish({ claims: { ...named, name: 'a\nb' } })).name, 'ada@example.com')
  assert.equal((await finish({ claims: { name: 'x'.repeat(500) } })).name.length, 100)
})

test('the code is exchanged with PKCE’s verifier, and with the secret of a client that has one', async () => {
  issuer.asked.length = 0
  await finish({})
  await finish({}, { clientSecret: 'a secret' })
  const [plain, secret] = issuer.asked
  assert.match(plain?.body.get('code_verifier') ?? '', /^[\w-]{43}$/)
  assert.equal(plain?.body.get('client_id'), 'tenantry-console')
  assert.equal(plain?.body.get('client_secret'), null)
  assert.equal(secret?.body.get('client_secret'), 'a secret')
})

test('an ID token for another audience is refused, the tenants’ own included', async () => {
  for (const aud of ['shop', ['shop', 'other'], '', ['tenantry-console', 'shop'], 'tenantry-consol'])
    await refuses({ claims: { aud } })
})

test('an ID token of another issuer, of another sign-in, or of no time is refused', async () => {
  const nowS = Math.floor(Date.now() / 1000)
  for (const claims of [
    ...[
      { iss: 'https://evil.example' },
      { nonce: 'another' },
      { nonce: undefined },
      { sub: undefined },
      { sub: '' },
    ],
    ...[{ exp: nowS - 1 }, { exp: undefined }, { exp: 'soon' }, { iat: undefined }],
  ] as NextAnswer['claims'][]) {
    const code = claims?.sub === '' ? /SIGN_IN_REFUSED|OPERATOR_REFUSED/ : /SIGN_IN_REFUSED/
    await assert.rejects(finish({ ...(claims && { claims }) }), { code }, JSON.stringify(claims))
  }
})

test('a signature by a stranger’s key, none, or one by a shared key is refused', async () => {
  await refuses({ forged: true })
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const nowS = Math.floor(Date.now() / 1000)
  const operatorSignIn = signInAt(issuer.url)
  for (const alg of ['none', 'HS256']) {
    const { signIn } = await operatorSignIn.begin()
    const claims = {
      iss: issuer.url,
      aud: 'tenantry-console',
      sub: 'ada',
      groups: ['operators'],
      nonce: signIn.nonce,
      iat: nowS,
      exp: nowS + 60,
    }
    const text = `${encode({ alg })}.${encode(claims)}`
    issuer.next = {
      idToken: `${text}.${alg === 'none' ? '' : createHmac('sha256', 'tenantry-console').update(text).digest('base64url')}`,
    }
    const query = new URLSearchParams({ code: 'c', state: signIn.state })
    await assert.rejects(operatorSignIn.finish(query, signIn), { code: 'SIGN_IN_REFUSED' }, alg)
  }
})

test('an access token is no ID token, and a header that brings its own key is refused', async () => {
  await refuses({ header: { typ: 'at+jwt' } })
  await refuses({ header: { typ: 'application/AT+JWT' } })
  await refuses({ header: { jku: 'https://evil.example/jwks' } })
  for (const idToken of ['', 'x', 'a.b.c']) await refuses({ idToken })
  assert.ok(await finish({ header: { typ: 'JWT' } }))
})

test('whoever lacks the claim of operators is none, though the issuer let them through', async () => {
  for (const groups of [
    undefined,
    [],
    ['operator'],
    'operators,admins',
    ['Operators'],
    { operators: true },
    true,
  ])
    await refuses({ claims: { groups, role: 'admin' } }, 'OPERATOR_REFUSED')
  assert.ok(await finish({ claims: { groups: 'operators' } }))
})

test('whoever belongs to a tenant is no operator, whatever else is said of them', async () => {
  for (const tenant of ['tenant-a', '', null, ['tenant-a']])
    await refuses({ claims: { 'custom:tenant_id': tenant, role: 'operator' } }, 'OPERATOR_REFUSED')
})

test('an answer of the issuer that is another’s, or an error, is refused before or after it is asked', async () => {
  issuer.asked.length = 0
  await assert.rejects(finish({}, { query: { state: 'forged' } }), { code: 'SIGN_IN_UNKNOWN', status: 400 })
  await assert.rejects(finish({}, { query: { iss: 'https://evil.example' } }), { code: 'SIGN_IN_REFUSED' })
  await assert.rejects(finish({}, { query: { error: 'access_denied' } }), { code: 'SIGN_IN_REFUSED' })
  assert.equal(issuer.asked.length, 0)
  await assert.rejects(finish({ status: 400 }), { code: 'SIGN_IN_REFUSED' })
  assert.equal(issuer.asked.length, 1)
})

test('an issuer that is away or fails is told as such, and asked again by the next', async () => {
  await assert.rejects(finish({ status: 503 }), { code: 'IDENTITY_PROVIDER_DOWN', status: 503 })
  const away = signInAt('http://127.0.0.1:1')
  for (let again = 0; again < 2; again++)
    await assert.rejects(away.begin(), { code: 'IDENTITY_PROVIDER_DOWN', status: 503 })
  const late = await startScriptedIssuer('tenantry-console')
  const signIn = signInAt(late.url)
  late.close()
  await assert.rejects(signIn.begin(), { code: 'IDENTITY_PROVIDER_DOWN' })
})

test('of more than eight that are exchanged at once, the next is told to wait, and is let in later', async () => {
  const operatorSignIn = signInAt(issuer.url)
  issuer.next = {}
  const begun = await Promise.all(Array.from({ length: 9 }, () => operatorSignIn.begin()))
  const outcomes = begun.map(({ signIn }) => {
    issuer.nonce = signIn.nonce
    return operatorSignIn
      .finish(new URLSearchParams({ code: 'c', state: signIn.state }), signIn)
      .catch(({ code }) => code)
  })
  const codes = await Promise.all(outcomes)
  assert.equal(codes.filter((code) => code === 'SIGN_IN_BUSY').length, 1)
  const { signIn } = await operatorSignIn.begin()
  issuer.nonce = signIn.nonce
  assert.ok(await operatorSignIn.finish(new URLSearchParams({ code: 'c', state: signIn.state }), signIn))
})
