import { TenantryError } from '@tenantry/context'
import { allocateCost, type CostedUsage, hourSeconds } from '@tenantry/metrics'
import type { TenantryConfig } from '@tenantry/routing'
import type { FastifyInstance } from 'fastify'
import type { CatalogTenant } from '../tenants/catalog.ts'
import { describePlacements, readPrices } from './cost-question.ts'
import { readUsageSpan, timeOf } from './read-usage-query.ts'
import type { UsageStore } from './usage-store.ts'

/** What telling of cost needs. */
export interface CostRouteParts {
  readonly config: Pick<TenantryConfig, 'metrics' | 'services'>
  readonly tenants: () => Promise<readonly CatalogTenant[]>
  readonly store: Pick<UsageStore, 'read'>
}

/** What each tenant costs, as `GET /cost` answers. */
export interface CostAnswer extends ReturnType<typeof allocateCost> {
  readonly from: string
  readonly to: string
  /** ISO 4217. */
  readonly currency: string
  /** How it was divided, for a person. */
  readonly method: string
}

const method =
  'Silos are their tenant’s. Pools are divided by processor time and database time, the platform by requests at the gateway. Processor time is an estimate.'

/**
 * `GET /cost` tells what each tenant costs in whole hours, by service, at the configuration's prices. It refuses with `COST_UNPRICED` (404) where there are
 * none, and `USAGE_QUERY_INVALID` (400).
 */
export function addCostRoutes(app: FastifyInstance, { config, tenants, store }: CostRouteParts): void {
  app.get('/cost', async ({ query }): Promise<CostAnswer> => {
    const { cost } = config.metrics
    if (!cost) throw unpriced()
    const { fromS, toS } = readUsageSpan(query)
    const usage: CostedUsage[] = []
    for await (const row of store.read({ fromS, toS, by: 'total' })) usage.push(row)
    // What was used in the last hour is told as a whole, so all of it is paid for, as far as it is over.
    const untilS = Math.min(Math.ceil(toS / hourSeconds) * hourSeconds, Date.now() / 1000)
    const placed = describePlacements(config, await tenants(), { fromS, toS: untilS })
    return {
      ...{ from: timeOf(fromS), to: timeOf(toS), currency: cost.currency, method },
      ...allocateCost({ prices: readPrices(cost), usage, ...placed }),
    }
  })
}

function unpriced(): TenantryError {
  return new TenantryError('COST_UNPRICED', 'it is not known what anything costs', {
    status: 404,
    help: 'give prices in `metrics.cost` of tenantry.config.ts',
  })
}
