import { z } from 'zod'

const amount = z.number().min(0).max(1e9)
const byService = z.record(z.string(), amount).default({})

/** What is paid, in one currency's unit; whatever is left out costs nothing. */
export const costSchema = z.strictObject({
  /** ISO 4217, such as `EUR`. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'use three capital letters, such as `EUR`'),
  perHour: z
    .strictObject({
      /** All of the platform's processes together. */
      platform: amount.default(0),
      /** One pooled deployment, by service; `*` for the rest. */
      pool: byService,
      /** One silo of a service, likewise. */
      silo: byService,
    })
    .prefault({}),
  /** What is paid for as it is used. */
  perUnit: z
    .strictObject({
      millionRequests: amount.default(0),
      gibibyteIn: amount.default(0),
      gibibyteOut: amount.default(0),
      cpuHour: amount.default(0),
      databaseHour: amount.default(0),
      millionStatements: amount.default(0),
      millionEvents: amount.default(0),
    })
    .prefault({}),
})

/** What is paid for what. */
export type CostConfig = z.output<typeof costSchema>

/** Services of the prices that the configuration does not have, by path: a price that nobody pays is a mistake. */
export function findCostFaults(
  cost: CostConfig | undefined,
  services: Readonly<Record<string, unknown>>,
): string[] {
  return (['pool', 'silo'] as const).flatMap((placement) =>
    Object.keys(cost?.perHour[placement] ?? {})
      .filter((service) => service !== '*' && !Object.hasOwn(services, service))
      .map((service) => `\`metrics.cost.perHour.${placement}.${service}\`: there is no such service`),
  )
}

/** What one deployment of a service costs an hour. */
export function deploymentHour({ perHour }: CostConfig, service: string, placement: 'pool' | 'silo'): number {
  return perHour[placement][service] ?? perHour[placement]['*'] ?? 0
}
