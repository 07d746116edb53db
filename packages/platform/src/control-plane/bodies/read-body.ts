import { TenantryError } from '@tenantry/context'
import type { z } from 'zod'

/** Reads what an operator sent; throws `BODY_INVALID` (400), which names each fault and shows the `form`. */
export function readBody<Schema extends z.ZodType>(
  body: unknown,
  schema: Schema,
  form: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => `\`${path.join('.') || 'body'}\`: ${message}`)
  throw new TenantryError('BODY_INVALID', fields.join('; '), {
    status: 400,
    help: `send \`${form}\``,
  })
}
