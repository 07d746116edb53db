import { z } from 'zod'

/** The keys of tenants' machines that have no token of an identity provider. */
export const apiKeysSchema = z.strictObject({
  /** Where a request brings its key: `Authorization: Bearer tk_…`, or `X-Api-Key: tk_…`. */
  header: z.enum(['authorization', 'x-api-key']).default('authorization'),
})
