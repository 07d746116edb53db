import { createHmac, type KeyObject, sign } from 'node:crypto'
import type { SeededRandom } from '../../packages/tenantry/src/testing/attack/seeded-random.ts'

/** What bad tokens are made from. */
export interface TokenStock {
  readonly random: SeededRandom
  /** Good tokens, of several tenants. */
  readonly good: readonly string[]
  /** The key that nobody trusts, and the public one that everybody knows, as text. */
  readonly foreignKey: KeyObject
  readonly publicPem: string
  /** Claims that are signed with the right key and still no good. */
  readonly signedWrongly: readonly string[]
}

/** One way to make a bad token. */
export type Spoiler = (stock: TokenStock) => string

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const parts = (token: string) => token.split('.') as [string, string, string]
const decode = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const es256 = (input: string, key: KeyObject) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

/** Replaces one character by another letter, somewhere but in the unused bits of the signature's end. */
function otherLetter({ random, good }: TokenStock): string {
  const token = random.pick(good)
  const at = random.below(token.length - 1)
  if (token[at] === '.') return token.replace('.', '')
  const other = random.pick([...letters].filter((letter) => letter !== token[at]))
  return token.slice(0, at) + other + token.slice(at + 1)
}

/** The header says something else, signed with the key that nobody trusts or not at all. */
function otherHeader({ random, good, foreignKey, publicPem }: TokenStock): string {
  const [header, payload, signature] = parts(random.pick(good))
  const { kid } = decode(header)
  const changed = random.pick<Record<string, unknown>>([
    { alg: 'none' },
    { alg: 'None', kid },
    { alg: 'HS256', kid },
    { alg: 'RS256', kid },
    { alg: 'ES384', kid },
    { alg: ['ES256'], kid },
    { alg: 'ES256', kid: '../../etc/passwd' },
    { alg: 'ES256', kid: `' or 1=1 --` },
    { alg: 'ES256', kid: '__proto__' },
    { alg: 'ES256', kid: 'x'.repeat(random.below(500)) },
    { alg: 'ES256', kid: random.below(1e9) },
    { alg: 'ES256' },
    { alg: 'ES256', kid, jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
    { alg: 'ES256', kid, jku: 'http://127.0.0.1:1/jwks' },
    { alg: 'ES256', kid, x5c: ['AA=='] },
    { alg: 'ES256', kid, crit: ['b64'], b64: false },
    { alg: 'ES256', kid, typ: 'JWT' },
    { alg: 'ES256', kid, typ: 'TXNTOKEN+JWT' },
    { alg: 'ES256', kid, typ: 'at+jwt' },
  ])
  const input = `${encode({ typ: decode(header).typ, ...changed })}.${payload}`
  const hmac = createHmac('sha256', publicPem).update(input).digest('base64url')
  return `${input}.${random.pick([signature, es256(input, foreignKey), hmac, '', 'A'.repeat(86)])}`
}

/** The claims say something else: under the old signature, or that of a key that nobody trusts. */
function otherClaims({ random, good, foreignKey }: TokenStock): string {
  const [header, payload, signature] = parts(random.pick(good))
  const claims = decode(payload)
  const changed = random.pick<Record<string, unknown>>([
    { tctx: { tenant: { id: 'tenant-c', tier: 'premium' } } },
    { tctx: { tenant: { id: '*', tier: 'basic' } } },
    { tenant: 'tenant-c', 'custom:tenant_id': 'tenant-c' },
    { exp: 4e9 },
    { sub: 'admin', role: 'admin' },
    { aud: ['adapter.test', 'shop'] },
    { txn: 'x'.repeat(random.below(5_000)) },
    { ['__proto__']: { tenant: 'tenant-c' } },
  ])
  const input = `${header}.${encode({ ...claims, ...changed })}`
  return `${input}.${random.pick([signature, es256(input, foreignKey)])}`
}

/** Parts of good tokens, put together otherwise. */
function otherParts({ random, good }: TokenStock): string {
  const [a, b] = [random.pick(good), random.pick(good)]
  const [[header, payload, signature], [otherHead, otherPayload, otherSignature]] = [parts(a), parts(b)]
  return random.pick([
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `.${payload}.${signature}`,
    `${header}..${signature}`,
    `${a}.${signature}`,
    `${a}.`,
    `.${a}`,
    `${payload}.${header}.${signature}`,
    `${header}.${header}.${signature}`,
    a === b ? `${a}${b}` : `${header}.${otherPayload}.${signature}`,
    a === b ? `${a} ${b}` : `${header}.${payload}.${otherSignature}`,
    `${a},${b}`,
    `${a} ${b}`,
    `${otherHead}${payload}${signature}`,
    a.slice(0, random.below(a.length)),
    a.slice(1 + random.below(a.length - 1)),
    a + random.pick([...letters]),
    `Bearer ${a}`,
    `"${a}"`,
  ])
}

/** Another spelling of base64url, or of text. */
function otherSpelling({ random, good }: TokenStock): string {
  const token = random.pick(good)
  const at = 1 + random.below(token.length - 2)
  return random.pick([
    `${token}=`,
    `${token}==`,
    token.replaceAll('-', '+').replaceAll('_', '/').replace(/^/, '+'),
    `${token.slice(0, at)} ${token.slice(at)}`,
    `${token.slice(0, at)}\t${token.slice(at)}`,
    `${token.slice(0, at)}%${token.charCodeAt(at).toString(16)}${token.slice(at + 1)}`,
    `${token.slice(0, at)}\u00e9${token.slice(at)}`,
    `${token.slice(0, at)}\u0000${token.slice(at)}`,
    token.toLowerCase() === token ? `${token}x` : token.toLowerCase(),
    token.toUpperCase(),
    token.replaceAll('.', '\u3002'),
  ])
}

/** Nothing of a token. */
function noise({ random }: TokenStock): string {
  return random.pick([
    '',
    '.',
    '..',
    '...',
    'null',
    'undefined',
    '{}',
    '[object Object]',
    random.bytes(1 + random.below(200)).toString('base64url'),
    random
      .bytes(1 + random.below(60))
      .toString('latin1')
      .replaceAll(/[\r\n]/g, ' '),
    `${encode({ alg: 'none' })}.${encode({})}.`,
    'e'.repeat(1 + random.below(15_000)),
    '💥'.repeat(1 + random.below(20)),
    `${'A'.repeat(20)}.${'A'.repeat(20)}.${'A'.repeat(86)}`,
  ])
}

/** Every way to make a bad token, by what is bad. */
export const spoilers: Readonly<Record<string, Spoiler>> = {
  'another letter': otherLetter,
  'another header': otherHeader,
  'other claims': otherClaims,
  'other parts': otherParts,
  'another spelling': otherSpelling,
  'signed, and no good': ({ random, signedWrongly }) => random.pick(signedWrongly),
  noise,
}
