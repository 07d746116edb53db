import { type Json, leafAt, withLeaf } from './json.ts'
import type { Operation, ParameterPlace } from './openapi/operation.ts'

/** A place in a request that an attack may fill with something else. */
export interface Place {
  readonly in: ParameterPlace | 'body'
  readonly pointer: readonly (string | number)[]
  readonly name: string
  /** `id` refers to something, `tenant` says whose it is, `text` is free. */
  readonly role: 'id' | 'tenant' | 'text' | 'other'
}

/** A request to an operation before it is written: values by place. */
export interface Draft {
  readonly operation: Operation
  readonly values: Readonly<Record<ParameterPlace, Readonly<Record<string, string>>>>
  readonly body: Json | undefined
  readonly places: readonly Place[]
}

/** A request as it is sent. Headers are pairs: an attack may send one twice. */
export interface AttackRequest {
  readonly method: string
  /** Path and query, encoded. */
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body?: string
}

/** What stands at `place`, as text. */
export function valueAt(draft: Draft, place: Place): string | undefined {
  if (place.in !== 'body') return draft.values[place.in][String(place.pointer[0])]
  const found = leafAt(draft.body, place.pointer)
  return found === undefined ? undefined : String(found)
}

/** The same draft with another value at `place`. */
export function withValue(draft: Draft, place: Place, value: string): Draft {
  if (place.in === 'body') {
    const number = typeof leafAt(draft.body, place.pointer) === 'number' && /^-?\d+(\.\d+)?$/.test(value)
    const body = withLeaf(draft.body ?? {}, place.pointer, number ? Number(value) : value)
    return { ...draft, body }
  }
  const values = { ...draft.values[place.in], [String(place.pointer[0])]: value }
  return { ...draft, values: { ...draft.values, [place.in]: values } }
}

/** The same draft with more in its query. */
export function withQuery(draft: Draft, query: Record<string, string>): Draft {
  return { ...draft, values: { ...draft.values, query: { ...draft.values.query, ...query } } }
}

/** The same draft with nothing optional in its query but `place`: the rest would only narrow what is found. */
export function withOnly(draft: Draft, { in: at, name }: Place): Draft {
  if (at !== 'query') return draft
  const wanted = draft.operation.parameters.filter(
    (parameter) => parameter.in === 'query' && (parameter.required || parameter.name === name),
  )
  const query = Object.fromEntries(
    wanted.map((parameter) => [parameter.name, draft.values.query[parameter.name] ?? '']),
  )
  return { ...draft, values: { ...draft.values, query } }
}

/** Writes a draft, with `headers` before its own. */
export function writeRequest(draft: Draft, headers: AttackRequest['headers'] = []): AttackRequest {
  const { operation, values, body } = draft
  const path = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) =>
    encodeURIComponent(values.path[name] ?? ''),
  )
  const query = new URLSearchParams(values.query).toString()
  const cookies = Object.entries(values.cookie).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return {
    method: operation.method,
    target: query === '' ? path : `${path}?${query}`,
    headers: [
      ...headers,
      ...Object.entries(values.header).map(([name, value]) => [name, headerText(value)] as const),
      ...(cookies.length > 0 ? [['cookie', cookies.join('; ')] as const] : []),
      ...(body === undefined ? [] : [['content-type', operation.body?.type ?? 'application/json'] as const]),
    ],
    ...(body !== undefined && { body: writeBody(operation, body) }),
  }
}

function writeBody({ body: described }: Operation, body: Json): string {
  if (!described?.type.startsWith('application/x-www-form-urlencoded')) return JSON.stringify(body)
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(body ?? {})) fields.set(name, String(value))
  return fields.toString()
}

function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, ' ')
}
