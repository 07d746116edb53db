import type { Place } from './draft.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { isIdName, isTenantName } from './names.ts'
import type { OpenapiDocument } from './openapi/openapi-document.ts'
import { flattenSchema, type Schema, typeOf } from './openapi/schema.ts'
import type { SeededRandom } from './seeded-random.ts'
import { synthesizeText } from './synthesize-text.ts'

/** How much of a schema a value has: everything, what is required, or what the document shows as an example. */
export type Variant = 'full' | 'required' | 'example'

/** Whose value is made, and from what. */
export interface Synthesis {
  readonly document: OpenapiDocument
  readonly random: SeededRandom
  readonly variant: Variant
  /** Which of `oneOf` and `anyOf` is taken. */
  readonly branch: number
  readonly tenant: string
  marker(): string
  /** A value that this tenant knows for a place called `name` in an object called `holder`, if it has a name. */
  known(name: string, holder?: string): string | undefined
}

const depthMax = 6

/** A value that the schema allows, and the places in it that an attack may fill otherwise. */
export function synthesizeValue(
  synthesis: Synthesis,
  schema: Schema,
  name: string,
): { value: Json; places: Omit<Place, 'in'>[] } {
  const places: Omit<Place, 'in'>[] = []
  const make = (part: Schema | undefined, at: (string | number)[], called: string, shown?: Json): Json => {
    const flat = flattenSchema(synthesis.document, part, synthesis.branch)
    const note = (role: Place['role'], value: Json): Json => {
      places.push({ pointer: at, name: called, role })
      return value
    }
    const example = shown ?? exampleOf(flat)
    if (flat.const !== undefined) return flat.const as Json
    const type = typeOf(flat) ?? (isJsonObject(example) ? 'object' : undefined)
    if (type === 'object') {
      if (at.length > depthMax) return {}
      const entries = propertiesOf(flat, synthesis.variant, example).map(
        ([property, of]) =>
          [
            property,
            make(of, [...at, property], property, isJsonObject(example) ? example[property] : undefined),
          ] as const,
      )
      if (entries.length > 0 || flat.additionalProperties === false) return Object.fromEntries(entries)
      const marker = synthesis.marker()
      places.push({ pointer: [...at, marker], name: called, role: 'text' })
      return { [marker]: marker }
    }
    if (type === 'array') {
      if (at.length > depthMax) return []
      const length = Math.max(1, flat.minItems ?? 1)
      const parts = Array.isArray(example) ? example : []
      return Array.from({ length }, (_, index) => make(flat.items, [...at, index], called, parts[index]))
    }
    if (flat.enum && flat.enum.length > 0) return note('other', synthesis.random.pick(flat.enum) as Json)
    if (type === 'boolean') return note('other', synthesis.random.below(2) === 0)
    const known = refers(called, flat, at) ? synthesis.known(called, holderOf(at)) : undefined
    if (known !== undefined)
      return note('id', type === 'integer' || type === 'number' ? Number(known) : known)
    if (isTenantName(called)) return note('tenant', synthesis.tenant)
    if (synthesis.variant === 'example' && example !== undefined && typeof example !== 'object')
      return note(typeof example === 'string' ? 'text' : 'other', example)
    if (type === 'integer' || type === 'number') return note('other', numberFor(flat, synthesis.random))
    const text = synthesizeText(flat, synthesis.marker())
    return note(isIdName(called) || flat.format === 'uuid' ? 'id' : 'text', text)
  }
  return { value: make(schema, [], name), places }
}

function holderOf(at: readonly (string | number)[]): string | undefined {
  return at.slice(0, -1).findLast((part) => typeof part === 'string')
}

/** True for what is likely a reference: an id by its name or form, or an element of a list that is named after things. */
function refers(name: string, { format }: Schema, at: readonly (string | number)[]): boolean {
  return isIdName(name) || format === 'uuid' || typeof at.at(-1) === 'number'
}

function propertiesOf(schema: Schema, variant: Variant, example: Json | undefined): [string, Schema][] {
  const { properties = {}, required = [] } = schema
  const known = Object.entries(properties).filter(([, { readOnly }]) => readOnly !== true)
  if (known.length === 0 && isJsonObject(example))
    return Object.entries(example as JsonObject).map(([name, value]) => [name, { type: typeof value }])
  return variant === 'required' ? known.filter(([name]) => required.includes(name)) : known
}

function exampleOf({ example, examples, default: usual }: Schema): Json | undefined {
  return (example ?? examples?.[0] ?? usual) as Json | undefined
}

function numberFor(schema: Schema, random: SeededRandom): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : (minimum ?? 1)
  const least = exclusiveMinimum === true ? above + 1 : above
  const below = typeof exclusiveMaximum === 'number' ? exclusiveMaximum - 1 : (maximum ?? least + 99)
  const most = exclusiveMaximum === true ? below - 1 : below
  const step = multipleOf ?? 1
  const first = Math.ceil(least / step) * step
  return first + step * random.below(Math.max(1, Math.min(100, Math.floor((most - first) / step) + 1)))
}
