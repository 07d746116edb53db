import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSigningJwk, publicJwk, readSigningKey } from './signing-key.ts'
import { createTokenVerifier } from './token-verifier.ts'
import { signTransactionToken } from './transaction-token.ts'

const [first, second] = [generateSigningJwk(), generateSigningJwk()]

function tokenOf(jwk: typeof first, livesS = 60): string {
  const iat = Math.floor(Date.now() / 1000)
  const tctx = { tenant: { id: 'tenant-a', tier: 'basic' } }
  const claims = {
    iss: 'shop',
    aud: 'shop',
    iat,
    exp: iat + livesS,
    txn: 't',
    sub: 's',
    scope: 'request',
    req_wl: 'gateway',
    rctx: { began: iat },
    tctx,
  }
  return signTransactionToken(claims, readSigningKey(jwk))
}

function verifierOf(published: () => (typeof first)[]) {
  let asked = 0
  const client = {
    jwks: async () => {
      asked++
      return published().map(publicJwk)
    },
  }
  return { verifier: createTokenVerifier({ client, audience: 'shop' }), asked: () => asked }
}

test('keys are got once for many tokens, also at the same time', async () => {
  const { verifier, asked } = verifierOf(() => [first])
  const contexts = await Promise.all([1, 2, 3].map(() => verifier.verify(tokenOf(first))))
  assert.deepEqual(
    contexts.map(({ tenant }) => tenant.id),
    ['tenant-a', 'tenant-a', 'tenant-a'],
  )
  assert.equal(asked(), 1)
})

test('a flood of unknown keys asks at most once a second, and is refused', async () => {
  const { verifier, asked } = verifierOf(() => [first])
  await verifier.verify(tokenOf(first))
  for (let n = 0; n < 20; n++)
    await assert.rejects(verifier.verify(tokenOf(second)), { code: 'TOKEN_KEY_UNKNOWN', status: 401 })
  assert.equal(asked(), 1)
})

test('a rotated key is found, and the last one’s tokens still verify', async () => {
  let published = [first]
  const { verifier } = verifierOf(() => published)
  await verifier.verify(tokenOf(first))
  published = [second]
  await new Promise((resolve) => setTimeout(resolve, 1_050))
  await verifier.verify(tokenOf(second))
  await verifier.verify(tokenOf(first, 59))
})

test('a remembered token ends when it expires', async () => {
  const { verifier } = verifierOf(() => [first])
  const token = tokenOf(first, 1)
  await verifier.verify(token)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  await assert.rejects(verifier.verify(token), { code: 'TOKEN_EXPIRED' })
})
