import type { SeededRandom } from '../../packages/tenantry/src/testing/attack/seeded-random.ts'

/** Bytes on one connection that some program might take for other requests than another does. */
export interface AmbiguousRequest {
  readonly kind: string
  readonly bytes: Buffer
}

/** The mark by which a request is found again; one that was inside another has `smuggled` before its number. */
export const markHeader = 'x-mark'

interface Parts {
  readonly random: SeededRandom
  /** A request line and headers of a request that is good, without any that tell of a body. */
  readonly good: (start?: string) => string[]
  /** A whole request, which is let in nowhere but at a service that believes whoever reaches it. */
  readonly inside: string
}

type Arrange = (parts: Parts) => string

const headOf = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const post = 'POST /orders HTTP/1.1'

const lengths = [
  '+5',
  '-1',
  '5,5',
  '5, 6',
  '0x5',
  '1e1',
  '5 5',
  '５',
  '05',
  '',
  '99999999999999999999',
  '5;',
  ' 5',
]
const encodings = [
  ...[
    'chunked, identity',
    'identity, chunked',
    'xchunked',
    'chunked;q=1',
    '"chunked"',
    'CHUNKED',
    'gzip, chunked',
  ],
  ...['\x0bchunked', 'chunked\x0b', 'chunk\u0000ed', 'identity', '', 'chunked, chunked'],
]
const sizes = [
  '5;ext=1',
  '05',
  '+5',
  '0x5',
  '5 ',
  ' 5',
  '5\n',
  '-5',
  '5\x0b',
  'ffffffffffffffff1',
  '5\r',
  'g',
]
const targets = [
  ...[
    'http://elsewhere.example/orders',
    'https://shop/orders',
    '//orders',
    '/orders/../secrets',
    '/secrets/../orders',
  ],
  ...[
    '/orders/%2e%2e/secrets',
    '/orders%2f..%2fsecrets',
    '/orders/..;/secrets',
    '/orders\\..\\secrets',
    '/%6frders',
  ],
  ...[
    '*',
    'orders',
    '/orders#/secrets',
    '/orders?a=1#b',
    '/orders%00',
    '/orders%0d%0ax-mark: smuggled',
    '/ORDERS',
  ],
  ...[
    '/orders/./1',
    '/orders//1',
    '/orders/%',
    '/orders/%zz',
    '/orders\t',
    'shop:80',
    '/orders/..%c0%af',
    '/orders%5csecrets',
  ],
]
const names = [
  ...[
    'txn_token',
    'Txn.Token',
    'X_Tenant',
    'x.tenant-id',
    'tenantry_caller',
    'x_request_id',
    'transfer_encoding',
  ],
  ...[
    'content_length',
    'Txn-Token ',
    ' Txn-Token',
    'Txn-Token\t',
    'x-\u0000',
    'x y',
    '(x)',
    '',
    'x-forwarded_for',
  ],
]

/** Each way to be ambiguous. Those that begin with `plain` are not: they are let in, as one request each. */
const kinds: Readonly<Record<string, Arrange>> = {
  'plain get': ({ good }) => headOf(good()),
  'plain body with a request in it': ({ good, inside }) =>
    `${headOf([...good(post), `Content-Length: ${inside.length}`])}${inside}`,
  'plain chunks with a request in them': ({ good, inside, random }) => {
    const at = random.below(inside.length)
    const parts = [inside.slice(0, at), inside.slice(at)].filter((part) => part.length > 0)
    return `${headOf([...good(post), 'Transfer-Encoding: chunked'])}${parts.map(chunk).join('')}0\r\n\r\n`
  },
  'plain requests behind one another': ({ good }) => headOf(good()) + headOf(good()),
  'two lengths': ({ good, inside, random }) => {
    const [one, two] = [random.pick([0, 1, inside.length]), random.pick([0, 5, inside.length])]
    return `${headOf([...good(post), `Content-Length: ${one}`, `Content-Length: ${two}`])}${inside}`
  },
  'a length that is none': ({ good, inside, random }) =>
    `${headOf([...good(post), `Content-Length: ${random.pick(lengths)}`])}${inside}`,
  'a length that is too short': ({ good, inside, random }) =>
    `${headOf([...good(post), `Content-Length: ${random.below(inside.length)}`])}${inside}`,
  'length and encoding': ({ good, inside, random }) => {
    const both = [`Content-Length: ${random.pick([0, 5, inside.length + 5])}`, 'Transfer-Encoding: chunked']
    const lines = random.below(2) === 0 ? both : both.reverse()
    return `${headOf([...good(post), ...lines])}0\r\n\r\n${inside}`
  },
  'an encoding that is none': ({ good, inside, random }) => {
    const length = random.below(2) === 0 ? [] : [`Content-Length: ${inside.length + 5}`]
    const lines = [...good(post), `Transfer-Encoding: ${random.pick(encodings)}`, ...length]
    return `${headOf(lines)}0\r\n\r\n${inside}`
  },
  'two encodings': ({ good, inside, random }) =>
    `${headOf([...good(post), 'Transfer-Encoding: chunked', `Transfer-Encoding: ${random.pick(encodings)}`])}0\r\n\r\n${inside}`,
  'a chunk’s size that is none': ({ good, inside, random }) =>
    `${headOf([...good(post), 'Transfer-Encoding: chunked'])}${random.pick(sizes)}\r\nhello\r\n0\r\n\r\n${inside}`,
  'a chunk that is longer than it says': ({ good, inside }) =>
    `${headOf([...good(post), 'Transfer-Encoding: chunked'])}2\r\nhello\r\n0\r\n\r\n${inside}`,
  trailers: ({ good, inside, random }) => {
    const trailer = random.pick([
      'Txn-Token: forged',
      'Content-Length: 9',
      'X-Tenant: tenant-b',
      'Transfer-Encoding: x',
    ])
    return `${headOf([...good(post), 'Trailer: Txn-Token', 'Transfer-Encoding: chunked'])}${chunk('hello')}0\r\n${trailer}\r\n\r\n${inside}`
  },
  'a body that `GET` should not have': ({ good, inside }) =>
    `${headOf([...good(), `Content-Length: ${inside.length}`])}${inside}`,
  'another target': ({ good, random }) => headOf(good(`GET ${random.pick(targets)} HTTP/1.1`)),
  'another request line': ({ good, random }) =>
    headOf(
      good(
        random.pick([
          ...[
            'GET  /orders HTTP/1.1',
            'GET /orders  HTTP/1.1',
            ' GET /orders HTTP/1.1',
            'get /orders HTTP/1.1',
          ],
          ...[
            'GET /orders HTTP/1.1 ',
            'GET\t/orders\tHTTP/1.1',
            'GET /orders HTTP/1.0',
            'GET /orders HTTP/0.9',
          ],
          ...[
            'GET /orders HTTP/2.0',
            'GET /orders',
            'PRI * HTTP/2.0',
            'CONNECT shop:80 HTTP/1.1',
            'G\u0000T /orders HTTP/1.1',
          ],
          ...[
            'GET /orders x HTTP/1.1',
            'GET /orders HTTP/1.1\nx-mark: smuggled',
            '\r\n\r\nGET /orders HTTP/1.1',
          ],
        ]),
      ),
    ),
  'a header that looks like another': ({ good, random }) =>
    headOf([...good(), `${random.pick(names)}: ${random.pick(['forged', 'tenant-b', 'chunked', '5'])}`]),
  'a header twice': ({ good, random }) =>
    headOf([
      ...good(),
      random.pick([
        'Host: elsewhere',
        'Authorization: Bearer x',
        'Txn-Token: a',
        'X-Request-Id: 1',
        'Content-Type: a/b',
      ]),
      random.pick([
        'Host: shop',
        'Authorization: Basic eDp5',
        'Txn-Token: b',
        'X-Request-Id: 2',
        'Content-Type: c/d',
      ]),
    ]),
  'a line that ends otherwise': ({ good, random }) => {
    const end = random.pick(['\n', '\r', '\r\r\n', '\n\r', '\u0000', '\x0b\r\n', '\x85'])
    const lines = good()
    const at = 1 + random.below(lines.length - 1)
    return `${lines.slice(0, at).join('\r\n')}${end}${headOf([...lines.slice(at), 'X-More: 1'])}`
  },
  'a folded line': ({ good, inside }) =>
    `${headOf([...good(), 'X-Folded: one', `\tTransfer-Encoding: chunked`])}${inside}`,
  'a header of this hop': ({ good, random }) =>
    headOf([
      ...good(),
      `Connection: ${random.pick(['Host', 'Txn-Token', 'X-Request-Id', 'Content-Length, keep-alive', 'Authorization', 'x-mark'])}`,
    ]),
  'an upgrade': ({ good, inside, random }) =>
    `${headOf([...good(), 'Connection: Upgrade', `Upgrade: ${random.pick(['h2c', 'websocket', 'TLS/1.2', 'websocket, h2c'])}`, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='])}${inside}`,
  'noise in a header': ({ good, random }) => {
    const noise = Array.from({ length: 1 + random.below(40) }, () =>
      String.fromCharCode(random.below(256)),
    ).join('')
    return headOf([...good(), `X-Noise: ${noise}`])
  },
}

/** A request that can be read in more than one way, or that is plain and has another inside it. `number` marks it. */
export function ambiguousRequest(
  random: SeededRandom,
  { number, token }: { number: number; token: string },
): AmbiguousRequest {
  const kind = random.pick(Object.keys(kinds))
  const inside = headOf([
    'GET /orders/smuggled HTTP/1.1',
    'Host: shop',
    'Txn-Token: forged',
    `${markHeader}: smuggled-${number}`,
  ])
  const good = (start = 'GET /orders/1?of=2 HTTP/1.1') => [
    ...[start, 'Host: shop', `Authorization: Bearer ${token}`],
    `${markHeader}: ${number}`,
  ]
  const text = kinds[kind]?.({ random, good, inside }) ?? ''
  return { kind, bytes: Buffer.from(text, 'latin1') }
}
