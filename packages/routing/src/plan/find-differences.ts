import { isDeepStrictEqual } from 'node:util'

/** One place in which two configurations differ. A side that has nothing there is `undefined`. */
export interface Difference {
  /** From the top, such as `services.order.calls`. */
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * Finds where two values of JSON differ, by path: as deep as both have objects. A list is one value, and so is what only one
 * of the two has.
 */
export function findDifferences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return keys.flatMap((key) => findDifferences(before[key], after[key], path ? `${path}.${key}` : key))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
