import { z } from 'zod'
import { costSchema } from './cost-config.ts'
import { duration } from './events-config.ts'

const everySeconds = z.int().min(1).max(3_600)

/** What is told of tenants' work, and where. */
export const metricsSchema = z.strictObject({
  /**
   * How many tenants have time series of their own in each process, the busiest ones; the others are told of by tier. So there is a bound to
   * series, however many tenants there are.
   */
  tenantSeries: z.int().min(0).max(1_000).default(50),
  /** A collector that every process sends its metrics to, by OTLP over HTTP. */
  otlp: z
    .strictObject({
      /** Its endpoint for metrics, such as `http://127.0.0.1:4318/v1/metrics`. */
      url: z.url({ protocol: /^https?$/ }),
      everySeconds: everySeconds.default(15),
    })
    .optional(),
  /** Lines in CloudWatch's embedded metric format, which the control plane writes to its log. */
  emf: z
    .strictObject({
      namespace: z
        .string()
        .regex(/^[\w./#:-]{1,255}$/, 'use letters, digits and `./#:_-`')
        .default('Tenantry'),
      everySeconds: everySeconds.default(60),
    })
    .optional(),
  usage: z
    .strictObject({
      /** For how long each tenant's hours are kept in the catalog. */
      keep: duration.default('400d'),
    })
    .prefault({}),
  /** What things cost, so that it can be said what a tenant does. */
  cost: costSchema.optional(),
})
