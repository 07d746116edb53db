/**
 * What did it cost, and who used it? Meters that take the tenant from the scope.
 * @module
 */

export {
  allocateCost,
  type CostBearer,
  type CostedDeployment,
  type CostedUsage,
  type PricedUnit,
  type Prices,
  pricedUnits,
  type TenantCost,
} from './allocate-cost.ts'
export { count, useMeters } from './count.ts'
export { type CircuitMeasurement, createMeters, type Meters, type RequestMeasurement } from './meters.ts'
export { durationBoundsMs, type UsageReport, type UsageRow, type UsageTotals, usageBasis } from './usage.ts'
