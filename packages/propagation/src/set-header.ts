import type { Dispatcher } from 'undici'

type Headers = NonNullable<Dispatcher.DispatchOptions['headers']>

/**
 * Headers in any form that undici takes, with `name` set to `value`, or left out when that is `undefined`; whatever
 * was there under that name, in any case, is gone. `headers` itself is not changed.
 */
export function setHeader(
  headers: Dispatcher.DispatchOptions['headers'],
  name: string,
  value: string | undefined,
): string[] {
  const kept = headers ? [...pairs(headers)].filter(([key]) => key.toLowerCase() !== name) : []
  if (value !== undefined) kept.push([name, value])
  return kept.flat()
}

function* pairs(headers: Headers): Generator<[string, string]> {
  if (Array.isArray(headers) && typeof headers[0] === 'string') {
    for (let at = 0; at + 1 < headers.length; at += 2) yield* each(headers[at], headers[at + 1])
  } else {
    const entries = Symbol.iterator in headers ? headers : Object.entries(headers)
    for (const [key, value] of entries as Iterable<[string, unknown]>) yield* each(key, value)
  }
}

function* each(key: unknown, value: unknown): Generator<[string, string]> {
  if (value === undefined || value === null) return
  for (const one of Array.isArray(value) ? value : [value]) yield [String(key), String(one)]
}
