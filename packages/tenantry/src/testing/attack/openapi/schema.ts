import type { JsonObject } from '../json.ts'
import type { OpenapiDocument } from './openapi-document.ts'

/** What of JSON Schema the attacker reads. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number | boolean
  readonly exclusiveMaximum?: number | boolean
  readonly multipleOf?: number
  readonly minItems?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly readOnly?: boolean
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}

const depthMax = 32

/**
 * One schema without `$ref`, `allOf`, `oneOf` and `anyOf` at its first level: what is referred to is looked up, all of
 * `allOf` are merged, and `branch` picks among the others. Throws `ATTACK_OPENAPI`.
 */
export function flattenSchema(
  document: OpenapiDocument,
  schema: Schema | undefined,
  branch = 0,
  depth = 0,
): Schema {
  if (schema === undefined || typeof schema !== 'object' || depth > depthMax) return {}
  const { allOf = [], oneOf = [], anyOf = [], ...own } = document.resolve(schema as JsonObject) as Schema
  const choices = [...oneOf, ...anyOf].filter((choice) => (choice as Schema).type !== 'null')
  const chosen = choices[branch % (choices.length || 1)]
  return [...allOf, ...(chosen ? [chosen] : [])]
    .map((part) => flattenSchema(document, part, branch, depth + 1))
    .reduce(mergeSchemas, own)
}

/** The type that a value of the schema is given, `null` aside. */
export function typeOf({ type, properties, items, enum: values }: Schema): string | undefined {
  const types = [type ?? []].flat().filter((name) => name !== 'null')
  if (types.length > 0) return types.includes('string') ? 'string' : types[0]
  if (properties) return 'object'
  if (items) return 'array'
  return typeof values?.[0] === 'number' ? 'number' : undefined
}

function mergeSchemas(one: Schema, other: Schema): Schema {
  return {
    ...other,
    ...one,
    ...((one.properties || other.properties) && { properties: { ...other.properties, ...one.properties } }),
    ...((one.required || other.required) && {
      required: [...(one.required ?? []), ...(other.required ?? [])],
    }),
  }
}
