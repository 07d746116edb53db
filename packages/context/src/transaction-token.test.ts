import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signJws } from './jws.ts'
import { generateSigningJwk, keyFinder, publicJwk, readSigningKey } from './signing-key.ts'
import { signTransactionToken, transactionTokenType, verifyTransactionToken } from './transaction-token.ts'

const jwk = generateSigningJwk()
const key = readSigningKey(jwk)
const options = { audience: 'shop', findKey: keyFinder([publicJwk(jwk)]) }
const nowS = () => Math.floor(Date.now() / 1000)

function claims() {
  const iat = nowS()
  return {
    iss: 'shop',
    iat,
    exp: iat + 60,
    aud: 'shop',
    txn: 'request-1',
    sub: 'seller@tenant-a',
    scope: 'request',
    req_wl: 'gateway',
    rctx: { began: iat },
    tctx: { tenant: { id: 'tenant-a', tier: 'basic' }, role: 'seller' },
  }
}
const forge = (changes: object) => signJws(transactionTokenType, { ...claims(), ...changes }, key)
const refuses = (changes: object, code: string) =>
  assert.throws(
    () => verifyTransactionToken(forge(changes), options),
    { code, status: 401 },
    JSON.stringify(changes),
  )

test('a valid token opens the context that it was minted for', () => {
  const token = signTransactionToken(claims(), key)
  const { expiresAtMs, ...context } = verifyTransactionToken(token, options)
  assert.deepEqual(context, {
    tenant: { id: 'tenant-a', tier: 'basic' },
    user: { id: 'seller@tenant-a', role: 'seller' },
    event: undefined,
    requestId: 'request-1',
    scope: 'request',
    workload: 'gateway',
    token,
  })
  assert.ok(expiresAtMs > Date.now())
})

test('an event’s token names the event and no user, whatever role it claims', () => {
  const event = { id: 'e1', type: 'order.placed', digest: 'd' }
  const token = forge({ tctx: { tenant: { id: 'tenant-a', tier: 'basic' }, role: 'admin', event } })
  const context = verifyTransactionToken(token, options)
  assert.deepEqual(context.event, event)
  assert.equal(context.user, undefined)
})

test('another trust domain’s token is refused, also one for several', () => {
  refuses({ aud: 'other' }, 'TOKEN_AUDIENCE')
  refuses({ aud: ['shop', 'other'] }, 'TOKEN_AUDIENCE')
  refuses({ aud: undefined }, 'TOKEN_AUDIENCE')
})

test('a token lives from its issue to its expiry, and its times are times', () => {
  refuses({ exp: nowS() }, 'TOKEN_EXPIRED')
  refuses({ exp: nowS() - 1 }, 'TOKEN_EXPIRED')
  refuses({ iat: nowS() + 60, exp: nowS() + 120 }, 'TOKEN_MALFORMED')
  for (const exp of [undefined, null, '9999999999', 1.5 + nowS(), 1e30, -1, Number.MAX_SAFE_INTEGER, {}]) {
    refuses({ exp }, 'TOKEN_MALFORMED')
  }
})

test('a required claim that is missing, empty or huge is refused', () => {
  for (const name of ['txn', 'sub', 'scope', 'req_wl']) {
    for (const value of [undefined, '', 7, 'x'.repeat(513)]) refuses({ [name]: value }, 'TOKEN_MALFORMED')
  }
})

test('a transaction began at some time before its token was issued', () => {
  for (const rctx of [undefined, {}, { began: '1' }, { began: nowS() + 30 }, { began: -1 }, []])
    refuses({ rctx }, 'TOKEN_MALFORMED')
  assert.ok(verifyTransactionToken(forge({ rctx: { began: nowS() - 3_000 } }), options))
})

test('a tenant that is no slug, or none, is refused', () => {
  for (const id of ['Tenant-A', 'tenant_a', 'İ', 'K', 'ﬁ', '', '__proto__', 'a'.repeat(41), 7, undefined]) {
    refuses({ tctx: { tenant: { id, tier: 'basic' } } }, 'TOKEN_MALFORMED')
  }
  refuses({ tctx: { tenant: { id: 'tenant-a' } } }, 'TOKEN_MALFORMED')
  refuses({ tctx: undefined }, 'TOKEN_MALFORMED')
  refuses({ tctx: { tenant: { id: 'tenant-a', tier: 'basic' }, event: { id: 'e' } } }, 'TOKEN_MALFORMED')
})
