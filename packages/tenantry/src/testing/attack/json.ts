/** A value of JSON. */
export type Json = string | number | boolean | null | Json[] | JsonObject

export interface JsonObject {
  [name: string]: Json
}

/** One value without parts, and how it is reached: its own name, and the names of what holds it. */
export interface JsonLeaf {
  readonly value: string | number | boolean | null
  /** The path from the root: names, and `*` for each array. */
  readonly path: readonly string[]
  /** The path as it is, with positions. */
  readonly pointer: readonly (string | number)[]
}

/** Parses, or answers `undefined` for what is no JSON. */
export function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every leaf of `value`, in its order. */
export function* leavesOf(value: Json | undefined, pointer: (string | number)[] = []): Generator<JsonLeaf> {
  if (value === undefined) return
  if (typeof value !== 'object' || value === null) {
    yield { value, pointer, path: pointer.map((part) => (typeof part === 'number' ? '*' : part)) }
    return
  }
  const parts = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [name, part] of parts) yield* leavesOf(part, [...pointer, name])
}

/** What stands at `pointer`; `undefined` for nothing. */
export function leafAt(value: Json | undefined, pointer: readonly (string | number)[]): Json | undefined {
  let found: Json | undefined = value
  for (const part of pointer) found = (found as Record<string | number, Json> | null | undefined)?.[part]
  return found
}

/** The same value but for the leaf at `pointer`. */
export function withLeaf(value: Json, pointer: readonly (string | number)[], leaf: Json): Json {
  const [first, ...rest] = pointer
  if (first === undefined) return leaf
  if (Array.isArray(value)) return value.map((part, at) => (at === first ? withLeaf(part, rest, leaf) : part))
  if (!isJsonObject(value)) return value
  return { ...value, [first]: withLeaf(value[first] ?? {}, rest, leaf) }
}
