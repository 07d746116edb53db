import type { Dispatcher } from 'undici'

type Headers = NonNullable<Dispatcher.DispatchOptions['headers']>

/**
 * Headers in any form that undici takes, without those that `names` holds in lower case, whatever case they came in, and with
 * `values` after the rest. `headers` itself is not changed.
 */
export function setHeaders(
  headers: Dispatcher.DispatchOptions['headers'],
  names: readonly string[],
  values: Readonly<Record<string, string>> = {},
): string[] {
  const kept = headers ? [...pairs(headers)].filter(([name]) => !names.includes(name.toLowerCase())) : []
  return [...kept, ...Object.entries(values)].flat()
}

/** The values of one header, `name` in lower case, of what `setHeaders` made. */
export function readHeader(headers: readonly string[], name: string): string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name)
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
