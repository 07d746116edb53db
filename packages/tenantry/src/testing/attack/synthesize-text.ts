import { randomUUID } from 'node:crypto'
import type { Schema } from './openapi/schema.ts'

/** Texts that patterns often ask for, tried in turn where a marker does not fit. */
const common = [
  ...[
    '1',
    '12',
    '123',
    '1234',
    '12345',
    '12.50',
    '0.50',
    'a',
    'ab',
    'abc',
    'Abc',
    'AB',
    'ABC',
    'abc-1',
    'ABC-123',
    'A1',
  ],
  ...[
    'a1',
    'abc123',
    '#aabbcc',
    '+41441234567',
    '0441234567',
    '2030-01-01',
    '10:30',
    'EUR',
    'en',
    'en-GB',
    '1.0.0',
  ],
  ...['aabbccddeeff', '0123456789', 'example.test', '127.0.0.1', '12:30:00', '1234567890123456', '/a', 'v1'],
]

/** A text that the schema allows, with `marker` in it wherever there is room and the form lets it. */
export function synthesizeText(schema: Schema, marker: string): string {
  const { format, pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  const ofFormat = format === undefined ? undefined : textOfFormat(format, marker)
  if (ofFormat !== undefined) return ofFormat
  const fits = matcher(pattern)
  const shown = schema.example ?? schema.examples?.[0] ?? schema.default
  const long = marker.padEnd(minLength, ' padded')
  const candidates = [
    ...[
      long,
      long.toUpperCase(),
      `A${marker}`,
      `${marker[0]?.toUpperCase()}${marker.slice(1)}`,
      `/${marker}`,
      `${marker}-1`,
    ],
    ...(typeof shown === 'string' ? [shown] : []),
    ...common.map((text) => (text.length < minLength ? text.padEnd(minLength, text) : text)),
    marker.slice(0, Math.max(minLength, Math.min(maxLength, marker.length))),
  ]
  const allowed = candidates.filter(
    (text) => text.length >= minLength && text.length <= maxLength && fits(text),
  )
  return allowed[0] ?? candidates.at(-1) ?? marker
}

function matcher(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) return () => true
  try {
    const expression = new RegExp(pattern, 'u')
    return (text) => expression.test(text)
  } catch {
    return () => true
  }
}

function textOfFormat(format: string, marker: string): string | undefined {
  switch (format) {
    case 'uuid':
      return randomUUID()
    case 'email':
    case 'idn-email':
      return `${marker}@example.test`
    case 'uri':
    case 'url':
    case 'iri':
    case 'uri-reference':
      return `https://example.test/${marker}`
    case 'hostname':
      return `${marker}.example.test`
    case 'date':
      return '2031-05-17'
    case 'date-time':
      return '2031-05-17T10:30:00Z'
    case 'time':
      return '10:30:00Z'
    case 'duration':
      return 'PT1H'
    case 'ipv4':
      return '192.0.2.7'
    case 'ipv6':
      return '2001:db8::7'
    case 'byte':
      return Buffer.from(marker).toString('base64')
    default:
      return undefined
  }
}
