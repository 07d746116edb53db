import type { Draft, Place } from './draft.ts'
import { isGenericId } from './names.ts'
import type { OpenapiDocument } from './openapi/openapi-document.ts'
import { type Operation, type Parameter, type ParameterPlace, resourceOf } from './openapi/operation.ts'
import { flattenSchema } from './openapi/schema.ts'
import type { Party } from './party.ts'
import type { SeededRandom } from './seeded-random.ts'
import { type Synthesis, synthesizeValue, type Variant } from './synthesize-value.ts'

/** How a draft is made. */
export interface Composition {
  readonly document: OpenapiDocument
  readonly random: SeededRandom
  readonly variant: Variant
  readonly branch: number
  readonly marker: (party: Party) => string
}

/**
 * A request of `party` to an operation: new markers in its texts, what the party knows in its references. `undefined` when a
 * path needs something that the party has not seen.
 */
export function composeDraft(
  party: Party,
  operation: Operation,
  composition: Composition,
): Draft | undefined {
  const { variant, marker } = composition
  const values: Record<ParameterPlace, Record<string, string>> = {
    path: {},
    query: {},
    header: {},
    cookie: {},
  }
  const places: Place[] = []
  const base: Omit<Synthesis, 'known'> = {
    ...composition,
    tenant: party.id,
    marker: () => marker(party),
  }
  for (const parameter of operation.parameters) {
    if (!parameter.required && variant === 'required') continue
    const { name, in: place } = parameter
    const resource = resourceBefore(operation, parameter)
    const known = (called: string) => party.known.find(called, resource)
    if (place === 'path') {
      const value = fillPath(parameter, known)
      if (value === undefined) return undefined
      values.path[name] = value.text
      places.push({ in: 'path', pointer: [name], name, role: value.role })
      continue
    }
    const made = synthesizeValue({ ...base, known }, parameter.schema, name)
    values[place][name] = typeof made.value === 'object' ? JSON.stringify(made.value) : String(made.value)
    places.push({ in: place, pointer: [name], name, role: made.places[0]?.role ?? 'other' })
  }
  if (!operation.body) return { operation, values, places, body: undefined }
  const known: Synthesis['known'] = (called, holder) => {
    if (!isGenericId(called)) return party.known.find(called, called.replace(/_?ids?$/i, ''))
    // What is made anew cannot have an id that is there already.
    if (holder === undefined && operation.method === 'POST') return undefined
    return party.known.find(called, holder ?? resourceOf(operation.path))
  }
  const { value, places: inBody } = synthesizeValue({ ...base, known }, operation.body.schema, 'body')
  return {
    operation,
    values,
    body: value,
    places: [...places, ...inBody.map((place) => ({ ...place, in: 'body' as const }))],
  }

  function fillPath(
    { name, schema }: Parameter,
    known: Synthesis['known'],
  ): { text: string; role: Place['role'] } | undefined {
    const found = known(name)
    if (found !== undefined) return { text: found, role: 'id' }
    const made = synthesizeValue({ ...base, known }, schema, name)
    const role = made.places[0]?.role
    if (role === 'tenant') return { text: party.id, role }
    // A PUT may make what it names.
    if (operation.method === 'PUT') return { text: String(made.value), role: 'id' }
    const { enum: values, const: only } = flattenSchema(composition.document, schema)
    return values || only !== undefined ? { text: String(made.value), role: 'other' } : undefined
  }
}

/** What a path parameter is an id of: the part of the path before it. */
function resourceBefore({ path }: Operation, { name, in: place }: Parameter): string {
  return resourceOf(place === 'path' ? (path.split(`{${name}}`)[0] ?? path) : path)
}
