import type { Schema } from './schema.ts'

/** Where a parameter travels. */
export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie'

/** A parameter of an operation, its schema resolved as far as its first level. */
export interface Parameter {
  readonly name: string
  readonly in: ParameterPlace
  readonly required: boolean
  readonly schema: Schema
}

/** One operation of a service, as its OpenAPI document describes it. */
export interface Operation {
  /** As reports name it: `GET /bookings/{id}`. */
  readonly name: string
  readonly method: string
  /** With the base path of the document's first server. */
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body?: { readonly type: string; readonly schema: Schema; readonly required: boolean }
}

/** True where the operation is to change nothing. */
export function isRead({ method }: Operation): boolean {
  return method === 'GET'
}

/** The last part of a path that is no parameter, `bookings` in `/bookings/{id}`: what the operation is about. */
export function resourceOf(path: string): string {
  return (
    path
      .split('/')
      .filter((part) => part !== '' && !part.startsWith('{'))
      .at(-1) ?? ''
  )
}
