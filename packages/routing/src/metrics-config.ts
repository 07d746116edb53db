import { z } from 'zod'
import { duration } from './events-config.ts'

/** What is kept of what tenants used. */
export const metricsSchema = z.strictObject({
  usage: z
    .strictObject({
      /** For how long each tenant's hours are kept in the catalog. */
      keep: duration.default('400d'),
    })
    .prefault({}),
})
