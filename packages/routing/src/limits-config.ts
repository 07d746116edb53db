import { z } from 'zod'
import { environmentVariable } from './environment-variable.ts'

const requestsPerSecond = z.number().min(0.01).max(100_000)
const concurrency = z.int().min(1).max(100_000)
const weight = z.int().min(1).max(100)

/** What each tenant of a tier may ask of the gateway. What is not named is not limited. */
export const tierLimitsSchema = z
  .strictObject({
    /** How many requests a tenant may send in a second, over time; less than one is one in several seconds. */
    requestsPerSecond: requestsPerSecond.optional(),
    /** How many of them may come at once after a pause; one second's worth. */
    burst: z.int().min(1).max(1_000_000).optional(),
    /** How many of a tenant's requests may be under way at once. */
    concurrency: concurrency.optional(),
    /** A tenant's share of a deployment that has more to do than it can, beside those of other tenants. */
    weight: weight.default(1),
  })
  .refine(({ burst, requestsPerSecond }) => burst === undefined || requestsPerSecond !== undefined, {
    path: ['burst'],
    message: 'it is a burst of `requestsPerSecond`; name that too',
  })

/** What an operator changes of one tenant's limits while the system runs; null goes back to what its tier says. */
export const limitChangesSchema = z
  .strictObject({
    requestsPerSecond: requestsPerSecond.nullish(),
    concurrency: concurrency.nullish(),
    weight: weight.nullish(),
  })
  .refine((changes) => Object.keys(changes).length > 0, { message: 'name at least one limit' })

/** How many requests a deployment is sent at once, and where several gateways share what they count. */
export const limitsSchema = z.strictObject({
  /** The Redis in which several gateways count together; without it each counts for itself. */
  redis: z
    .strictObject({
      /** The environment variable with its URL, `redis://user:password@host:port` or `rediss://…`. */
      urlFrom: environmentVariable,
    })
    .optional(),
  /** What each gateway sends to one deployment, all its copies together. */
  deployment: z
    .strictObject({
      /** How many requests may be under way at once. */
      inFlight: z.int().min(1).max(10_000).default(64),
      /** How many more may wait for their turn. */
      waiting: z.int().min(0).max(100_000).default(512),
      /** For how long one may wait. */
      waitMs: z.int().min(1).max(60_000).default(5_000),
    })
    .prefault({}),
})
