import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
} from 'node:crypto'
import { TenantryError } from './errors.ts'
import type { SigningKey } from './jws.ts'

/** A public ES256 key as a JWK (RFC 7517), with its RFC 7638 thumbprint as `kid`. */
export type PublicJwk = {
  kty: 'EC'
  crv: 'P-256'
  x: string
  y: string
  kid: string
}

/** Makes a new ES256 key pair and returns its private JWK. */
export function generateSigningJwk(): JsonWebKey {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
}

/** Reads a private ES256 JWK. Throws `KEY_INVALID`, never with the key in its message. */
export function readSigningKey(jwk: JsonWebKey): SigningKey {
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || !jwk.d) throw invalid()
  return { kid: publicJwk(jwk).kid, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

/** The public half of an ES256 JWK. */
export function publicJwk(jwk: JsonWebKey): PublicJwk {
  const { kty, crv, x, y } = jwk
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y) throw invalid()
  const canonical = JSON.stringify({ crv, kty, x, y })
  return { kty, crv, x, y, kid: createHash('sha256').update(canonical).digest('base64url') }
}

/** Finds keys among `jwks` by their thumbprint; what a set calls them is not taken at its word. */
export function keyFinder(jwks: readonly JsonWebKey[]) {
  const keys = new Map(jwks.map((jwk) => [publicJwk(jwk).kid, createPublicKey({ key: jwk, format: 'jwk' })]))
  return (kid: string) => keys.get(kid)
}

function invalid(): TenantryError {
  return new TenantryError('KEY_INVALID', 'not an ES256 key', {
    help: 'give a JWK with kty `EC` and crv `P-256`',
  })
}
