/**
 * What did it cost, and who used it? Meters that take the tenant from the scope.
 * @module
 */

export {
  allocateCost,
  type CostBearer,
  type CostedDeployment,
  type CostedUsage,
  type CostQuestion,
  type PricedUnit,
  type Prices,
  pricedUnits,
  type TenantCost,
} from './allocate-cost.ts'
export { count, useMeters } from './count.ts'
export { EmfLog } from './emf-log.ts'
export { type LogFields, logFields } from './log-fields.ts'
export { LoopShares } from './loop-shares.ts'
export {
  type CircuitMeasurement,
  createMeters,
  type Meters,
  type MetersOptions,
  type RequestMeasurement,
} from './meters.ts'
export { type GaugeSample, type TenantGauge, TenantGauges } from './tenant-gauges.ts'
export { markActiveSpan, tenantSpans } from './tenant-spans.ts'
export {
  durationBoundsMs,
  hourSeconds,
  outside,
  type UsageReport,
  type UsageRow,
  type UsageTotals,
  usageBasis,
} from './usage.ts'
export { type AnsweredUsage, UsageLedger } from './usage-ledger.ts'
export { UsageReporter, type UsageReporterOptions } from './usage-reporter.ts'
export { type UsagePlace, UsageSeries } from './usage-series.ts'
