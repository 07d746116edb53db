import { spoilers, type TokenStock } from './spoil-token.ts'

/** A request that may not be let in, as bytes. */
export interface MalformedRequest {
  /** What is bad about it. */
  readonly kind: string
  readonly bytes: Buffer
}

/** Where a token belongs: the header's name, and what stands before it. */
export interface TokenPlace {
  readonly header: string
  readonly scheme: string
  /** The header with a good proof of who calls, of this minute; none where callers are anyone. */
  readonly caller?: () => string
}

type Arrange = (stock: TokenStock, place: TokenPlace) => string[]

/** Good tokens, in places or numbers that are not good. */
const arrangements: Readonly<Record<string, Arrange>> = {
  'two tokens': ({ random, good }, { header, scheme }) => [
    `${header}: ${scheme}${random.pick(good)}`,
    `${random.pick([header, header.toUpperCase()])}: ${scheme}${random.pick(good)}`,
  ],
  'a bad one beside': ({ random, good }, { header, scheme }) => {
    const both = [`${header}: ${scheme}${random.pick(good)}`, `${header}: ${random.pick(['', 'x', 'null'])}`]
    return random.below(2) === 0 ? both : both.reverse()
  },
  'another name': ({ random, good }, { header, scheme }) => [
    `${random.pick([header.includes('-') ? header.replace('-', '_') : `${header}_`, `x-${header}`, `${header}s`, `${header}.`, 'cookie', 'x-forwarded-txn-token', 'proxy-authorization'])}: ${scheme}${random.pick(good)}`,
  ],
  'a name that is none': ({ random, good }, { header, scheme }) => [
    `${random.pick([`${header} `, ` ${header}`, `${header}\t`, `${header}\u0000`, `(${header})`])}: ${scheme}${random.pick(good)}`,
  ],
  'a folded line': ({ random, good }, { header, scheme }) => {
    const token = random.pick(good)
    return [`${header}: ${scheme}${token.slice(0, 40)}`, ` ${token.slice(40)}`]
  },
  'another scheme': ({ random, good }, { header, scheme }) => [
    `${header}: ${scheme === '' ? 'Bearer ' : random.pick(['', 'Basic ', 'Token ', 'DPoP ', 'Bearer: '])}${random.pick(good)}`,
  ],
}

/** A good token, from a caller who is none. */
const callers: Arrange = (stock, { header, scheme, caller: prove }) => {
  const { random, good } = stock
  const caller = prove?.() ?? ''
  const [name, proof = ''] = caller.split(': ')
  const bad = spoilers[random.pick(Object.keys(spoilers))]?.({ ...stock, good: [proof] }) ?? ''
  const lines = random.pick([
    [],
    [`${name}: ${bad}`],
    [caller, caller],
    [caller, `${name}: ${bad}`],
    [`x-${caller}`],
  ])
  return [`${header}: ${scheme}${random.pick(good)}`, ...lines]
}

const kinds = [...Object.keys(spoilers), ...Object.keys(arrangements)]
const paths = ['/tenant', '/orders', '/nowhere', '/.tenantry/events', '/held', '/orders/1?tenant=tenant-c']

/** A request with a bad token, or with good ones that are not where and how they have to be. */
export function malformedRequest(stock: TokenStock, place: TokenPlace): MalformedRequest {
  const { random } = stock
  const kind = random.pick(place.caller === undefined ? kinds : [...kinds, 'no good caller'])
  const arrange = kind === 'no good caller' ? callers : arrangements[kind]
  const spoil = spoilers[kind]
  const lines = arrange ? arrange(stock, place) : [`${place.header}: ${place.scheme}${spoil?.(stock) ?? ''}`]
  const caller = place.caller !== undefined && kind !== 'no good caller' ? [place.caller()] : []
  const head = [`GET ${random.pick(paths)} HTTP/1.1`, 'host: malformed', ...caller, ...lines]
  return { kind, bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1') }
}
