import type { z } from 'zod'

/** Checks a body against its schema; a bad one is answered with 400 and a message that names the field. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(body ?? {})
  if (success) return data
  const faults = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw Object.assign(new Error(faults.join('; ')), { statusCode: 400 })
}
