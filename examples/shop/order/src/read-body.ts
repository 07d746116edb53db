import type { z } from 'zod'

/** Checks a body against its schema; a bad one is answered with 400 and a message that names the field. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(body ?? {})
  if (success) return data
  const faults = error.issues.map(({ path, message }) => `${nameOf(path) || 'body'}: ${message}`)
  throw Object.assign(new Error(faults.join('; ')), { statusCode: 400 })
}

// As a caller would write it: `products[0]`.
function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at ? '.' : ''}${String(step)}`))
    .join('')
}
