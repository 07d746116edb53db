import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { peekKid, signJws, verifyJws } from './jws.ts'
import { generateSigningJwk, keyFinder, publicJwk, readSigningKey } from './signing-key.ts'

const jwk = generateSigningJwk()
const key = readSigningKey(jwk)
const find = keyFinder([publicJwk(jwk)])
const typ = 'test+jwt'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const refuses = (token: string, code: string | RegExp) =>
  assert.throws(
    () => verifyJws(token, typ, find),
    (error: { code: string; status: number }) => {
      assert.match(error.code, new RegExp(code))
      assert.equal(error.status, 401)
      return true
    },
    token.slice(0, 80),
  )
/** A token with this header, rightly signed with our key whatever the header says. */
function forge(header: unknown, claims: unknown = { sub: 'x' }): string {
  const input = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

test('what was signed is read back', () => {
  assert.deepEqual(verifyJws(signJws(typ, { sub: 'a' }, key), typ, find), { sub: 'a' })
})

test('an algorithm other than ES256 is refused, whatever the signature', () => {
  const secret = JSON.stringify(publicJwk(jwk))
  const input = `${encode({ typ, alg: 'HS256', kid: key.kid })}.${encode({ sub: 'x' })}`
  const hmac = createHmac('sha256', secret).update(input).digest('base64url')
  refuses(`${input}.${hmac}`, 'TOKEN_MALFORMED')
  refuses(`${encode({ typ, alg: 'none', kid: key.kid })}.${encode({ sub: 'x' })}.`, 'TOKEN_MALFORMED')
  for (const alg of ['none', 'NONE', 'HS256', 'EdDSA', 'RS256', 'es256', '', null, undefined, ['ES256']]) {
    refuses(forge({ typ, alg, kid: key.kid }), 'TOKEN_MALFORMED')
  }
})

test('a header that brings or points to a key of its own is refused', () => {
  const own = { typ, alg: 'ES256', kid: key.kid }
  for (const more of [
    { jwk: publicJwk(jwk) },
    { jku: 'http://127.0.0.1/keys' },
    { x5u: 'x' },
    { crit: ['b64'] },
    { b64: false },
  ]) {
    refuses(forge({ ...own, ...more }), 'TOKEN_MALFORMED')
  }
})

test('a kid is looked up and never followed', () => {
  for (const kid of [
    '../../keys/1',
    "' or 1=1",
    '__proto__',
    'constructor',
    'x'.repeat(10_000),
    '',
    7,
    null,
    {},
  ]) {
    refuses(forge({ typ, alg: 'ES256', kid }), 'TOKEN_(MALFORMED|KEY_UNKNOWN)')
  }
})

test('another type of token is refused, though it is rightly signed', () => {
  for (const other of ['JWT', 'at+jwt', 'txntoken+jwt', '', undefined]) {
    refuses(forge({ typ: other, alg: 'ES256', kid: key.kid }), 'TOKEN_MALFORMED')
  }
})

test('another key’s signature, an altered payload and an altered signature are refused', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  refuses(signJws(typ, { sub: 'x' }, { kid: key.kid, privateKey: other }), 'TOKEN_SIGNATURE')
  const [header, , signature] = signJws(typ, { sub: 'a' }, key).split('.')
  refuses(`${header}.${encode({ sub: 'b' })}.${signature}`, 'TOKEN_SIGNATURE')
  refuses(`${header}.${encode({ sub: 'a' })}.${'A'.repeat(86)}`, 'TOKEN_SIGNATURE')
})

test('one token has one text: unused bits of a signature are zero', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const token = signJws(typ, { a: 1 }, key)
  const last = letters.indexOf(token.at(-1) ?? '')
  for (const unused of [1, 2, 3, 8, 15]) {
    const twin = token.slice(0, -1) + letters[last | unused]
    assert.deepEqual(
      Buffer.from(twin.split('.')[2] ?? '', 'base64url'),
      Buffer.from(token.split('.')[2] ?? '', 'base64url'),
    )
    assert.throws(() => verifyJws(twin, typ, find), { code: 'TOKEN_MALFORMED' })
  }
})

test('what is no compact token is refused before anything is verified', () => {
  const token = signJws(typ, { sub: 'a' }, key)
  for (const text of [
    '',
    '.',
    '..',
    'a.b.c',
    `${token}.x`,
    ` ${token}`,
    `${token}\n`,
    token.replace('.', '..'),
    'é'.repeat(100),
    'a'.repeat(100_000),
  ]) {
    refuses(text, 'TOKEN_MALFORMED')
  }
  refuses(forge([typ]), 'TOKEN_MALFORMED')
  refuses(forge({ typ, alg: 'ES256', kid: key.kid }, 'a text'), 'TOKEN_MALFORMED')
})

test('the kid of a token can be seen without verifying it', () => {
  assert.equal(peekKid(signJws(typ, {}, key)), key.kid)
  assert.equal(peekKid('not a token'), undefined)
})

test('a key is known by its own thumbprint, whatever a set calls it', () => {
  assert.equal(keyFinder([{ ...publicJwk(jwk), kid: 'another' }])('another'), undefined)
  assert.throws(() => readSigningKey(publicJwk(jwk)), { code: 'KEY_INVALID' })
  assert.throws(() => publicJwk({ kty: 'RSA' }), { code: 'KEY_INVALID' })
})
