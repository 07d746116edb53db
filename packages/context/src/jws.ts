import type { KeyObject } from 'node:crypto'
import { TenantryError } from './errors.ts'
import { signEs256, verifyEs256 } from './es256.ts'

/** The key with which one JWS is signed; `kid` names it in the header. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** Finds a public key by the `kid` that a JWS names. Never fetches: an unknown key is `undefined`. */
export type FindKey = (kid: string) => KeyObject | undefined

// 64 bytes leave four bits of the signature's last letter unused: only the form in which they are zero is taken, so that
// nobody makes a second text of one token (RFC 4648, 3.5).
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/
const bytesMax = 8192
/** Headers that were read: all tokens of one kind and key have the same. */
const headers = new Map<string, Readonly<Record<string, unknown>>>()
const headersMax = 100

/**
 * Signs `claims` as a compact ES256 JWS of the given `typ`, synchronously: `jose`'s asynchronous way takes ten times as long.
 */
export function signJws(typ: string, claims: object, key: SigningKey): string {
  const header = encode({ typ, alg: 'ES256', kid: key.kid })
  const input = `${header}.${encode(claims)}`
  return `${input}.${signEs256(Buffer.from(input), key.privateKey).toString('base64url')}`
}

/**
 * Verifies a compact JWS: exactly ES256, exactly this `typ`, a key that `findKey` knows (RFC 8725, 3.1, 3.11).
 * Header members that point elsewhere (`jwk`, `jku`, `x5u`, `crit` …) are refused, not ignored.
 * Throws `TOKEN_MALFORMED`, `TOKEN_KEY_UNKNOWN` or `TOKEN_SIGNATURE` (401 each).
 */
export function verifyJws(token: string, typ: string, findKey: FindKey): Record<string, unknown> {
  if (token.length > bytesMax || !compact.test(token)) throw malformed('not a compact ES256 token')
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { kid } = readHeader(header, typ)
  const key = findKey(kid)
  if (!key) throw refused('TOKEN_KEY_UNKNOWN', 'signed with an unknown key')
  if (!verifyEs256(Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
    throw refused('TOKEN_SIGNATURE', 'the signature is not valid')
  return decode(payload)
}

/** The `kid` that a token names, read without verifying anything; `undefined` when there is none to read. */
export function peekKid(token: string): string | undefined {
  return peekHeader(token, 'kid')
}

/** The `typ` that an ES256 token names, read likewise. */
export function peekType(token: string): string | undefined {
  return peekHeader(token, 'typ')
}

function peekHeader(token: string, name: 'kid' | 'typ'): string | undefined {
  if (token.length > bytesMax || !compact.test(token)) return undefined
  try {
    const value = decodeHeader(token.slice(0, token.indexOf('.')))[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function readHeader(encoded: string, typ: string): { kid: string } {
  const header = decodeHeader(encoded)
  const { kid } = header
  if (header.alg !== 'ES256') throw malformed('signed with an algorithm that is not allowed')
  if (header.typ !== typ) throw malformed(`not a token of type \`${typ}\``)
  if (typeof kid !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(kid)) throw malformed('names no key')
  if (Object.keys(header).length !== 3) throw malformed('has header members that are not allowed')
  return { kid }
}

function decodeHeader(encoded: string): Readonly<Record<string, unknown>> {
  const known = headers.get(encoded)
  if (known) return known
  const header = Object.freeze(decode(encoded))
  if (headers.size >= headersMax) headers.clear()
  headers.set(encoded, header)
  return header
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch (cause) {
    throw malformed('not JSON inside', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('not an object inside')
  return value as Record<string, unknown>
}

function malformed(message: string, cause?: unknown): TenantryError {
  return new TenantryError('TOKEN_MALFORMED', `token refused: ${message}`, {
    status: 401,
    help: 'send the token exactly as it was issued',
    cause,
  })
}

function refused(code: string, message: string): TenantryError {
  return new TenantryError(code, `token refused: ${message}`, {
    status: 401,
    help: 'get a new token and try again',
  })
}
