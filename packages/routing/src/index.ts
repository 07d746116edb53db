/**
 * Where does it run? Tiers, placements, and the directory of tenants and deployments.
 * @module
 */
export {
  type ApiKey,
  apiKeySubject,
  generateApiKey,
  hashApiKey,
  isApiKey,
  readApiKeySubject,
} from './api-key.ts'
export { askControlPlane, type ControlPlane } from './ask-control-plane.ts'
export {
  defineConfig,
  readConfig,
  type ServiceConfig,
  type TenantryConfig,
  type TenantryConfigInput,
} from './config.ts'
export { type CostConfig, deploymentHour } from './cost-config.ts'
export { deploymentHeader } from './deployment-header.ts'
export {
  Directory,
  type DirectoryDatabase,
  type DirectoryDeployment,
  type DirectoryMessage,
  type DirectoryTenant,
  type DirectoryWorkload,
  deploymentIdFor,
  type TenantStatus,
} from './directory.ts'
export { duration, durationMs } from './events-config.ts'
export { hopBounds } from './explain-config.ts'
export { followDirectory } from './follow-directory.ts'
export type { GatewayConfig } from './gateway-config.ts'
export { answerHops, hopsQuery, newestHopsQuery } from './hops/answer-hops.ts'
export { type EndingHop, type Hop, type HopAnswer, hopSchema } from './hops/hop.ts'
export { HopLog, type HopLogBounds } from './hops/hop-log.ts'
export { claimPath, type IssuerConfig, isPlainOrLoopback } from './identity-config.ts'
export { type IngressConfig, ingressAtPort } from './ingress-config.ts'
export { type FairPlace, FairQueue, type FairQueueBounds } from './limits/fair-queue.ts'
export type { LimitOverrides } from './limits/limit-overrides.ts'
export { MemoryLimiter } from './limits/memory-limiter.ts'
export { OwnWeights, weightsAskedMax } from './limits/own-weights.ts'
export type { LimitVerdict, RequestLimiter } from './limits/request-limiter.ts'
export { limitsOf, type RateLimit, type TenantLimits } from './limits/tenant-limits.ts'
export { limitChangesSchema } from './limits-config.ts'
export { consoleUrlAt, type OperatorsConfig, operatorsOf } from './operators-config.ts'
export { type Placement, type PlacementKind, placementOfTier } from './placement.ts'
export { configDigest } from './plan/config-digest.ts'
export { type Difference, findDifferences } from './plan/find-differences.ts'
export { needsRestart } from './plan/needs-restart.ts'
export {
  type Plan,
  type PlannedDifference,
  type PlannedMove,
  planChange,
  type Refusal,
  type TenantsConcerned,
} from './plan/plan-change.ts'
export { findPlacementRefusal, type SettledPlacement, settlePlacement } from './plan/settle-placement.ts'
export { requireActiveTenant } from './require-active-tenant.ts'
export { createAddressRanges } from './resolvers/address-ranges.ts'
export { requestAmbiguous } from './resolvers/request-ambiguous.ts'
export type { ResolvableRequest } from './resolvers/resolver.ts'
export { type ChainResolution, createResolverChain } from './resolvers/resolver-chain.ts'
export { tenantMismatch } from './resolvers/tenant-mismatch.ts'
export { createRouteResolver, type RouteResolver } from './route-resolver.ts'
export { type KubernetesConfig, serviceAccountOf } from './workloads-config.ts'
