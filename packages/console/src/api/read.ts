import { ApiError } from './api-error.ts'

/** Takes what came over the wire for a `T`, or throws `ANSWER_UNEXPECTED` with the path of what is not one. */
export type Reader<T> = (value: unknown, path: string) => T

/** What a reader gives. */
export type Read<R> = R extends Reader<infer T> ? T : never

export const text: Reader<string> = (value, path) =>
  typeof value === 'string' ? value : unexpected(path, 'a text')

export const number: Reader<number> = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? value : unexpected(path, 'a number')

export const flag: Reader<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : unexpected(path, 'true or false')

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Reader<W> {
  return (value, path) => words.find((one) => one === value) ?? unexpected(path, words.join(' or '))
}

/** Null, too, where the server knows of none. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null || value === undefined ? null : read(value, path))
}

/** May be missing: then it is `otherwise`. */
export function missing<T>(read: Reader<T>, otherwise: NoInfer<T>): Reader<T> {
  return (value, path) => (value === undefined ? otherwise : read(value, path))
}

export function list<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, path) =>
    Array.isArray(value) ? value.map((one, at) => read(one, `${path}[${at}]`)) : unexpected(path, 'a list')
}

/** Names that are not known before, each with a `T`. */
export function names<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(fieldsOf(value, path)).map(([name, one]) => [name, read(one, `${path}.${name}`)]),
    )
}

/** Known fields; others are let be, so that a newer control plane can tell more. */
export function object<F extends Record<string, Reader<unknown>>>(
  fields: F,
): Reader<{ readonly [K in keyof F]: Read<F[K]> }> {
  const readers = Object.entries(fields)
  return (value, path) => {
    const found = fieldsOf(value, path)
    return Object.fromEntries(
      readers.map(([name, read]) => [name, read(found[name], `${path}.${name}`)]),
    ) as never
  }
}

function fieldsOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  return unexpected(path, 'an object')
}

function unexpected(path: string, wanted: string): never {
  throw new ApiError(
    'ANSWER_UNEXPECTED',
    `the control plane answered something else than ${wanted} at \`${path}\``,
    {
      status: 0,
      help: 'reload the page: the control plane may have been replaced by another version',
    },
  )
}
