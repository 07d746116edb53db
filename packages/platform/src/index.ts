/**
 * What runs beside services: token service, gateway, relay, control plane, and the supervisor of a laptop.
 * @module
 */
export { isTenantryError, TenantryError, type TokenKeyState } from '@tenantry/context'
export {
  type AdoptionMode,
  type AdoptionPart,
  type AdoptionPlan,
  type AdoptionRecord,
  type AdoptionTarget,
  adoptionModes,
  auditRules,
} from '@tenantry/isolation'
export {
  configDigest,
  ingressAtPort,
  type Plan,
  type PlannedDifference,
  type PlannedMove,
  planChange,
  type Refusal,
  type TenantryConfig,
  type TenantsConcerned,
} from '@tenantry/routing'
export {
  type Component,
  describeCluster,
  kubernetesManifests,
  type Manifest,
  type Routing,
  readSilo,
} from '@tenantry/routing/manifests'
export { databaseOf, readAdoptedUrls, roleOf } from './control-plane/adopted-databases.ts'
export {
  type AdoptionStatus,
  adoptAt,
  adoptionAt,
  planAdoptionAt,
  switchAdoptionAt,
  undoAdoptionAt,
} from './control-plane/adoption-at-url.ts'
export type { ApplyAnswer } from './control-plane/apply-routes.ts'
export { auditUrl } from './control-plane/audit-url.ts'
export type { LimitChanges } from './control-plane/catalog.ts'
export {
  type ApiKeyAnswer,
  ControlPlaneClient,
  type TenantAnswer,
} from './control-plane/control-plane-client.ts'
export type { CostAnswer } from './control-plane/cost-routes.ts'
export {
  type AwayDeploymentAnswer,
  type DeliveryAnswer,
  type EventAnswer,
  type EventFilter,
  type EventKey,
  type EventLag,
  type EventLagAnswer,
  type EventLine,
  type EventList,
  type EventsKept,
  type OpenEventState,
  openEventStates,
} from './control-plane/event-answers.ts'
export type { ExistingRows } from './control-plane/existing-rows.ts'
export type { ExplainedHop, Explanation, Refusal as RequestRefusal } from './control-plane/explanation.ts'
export type { DatabaseKeyStatus, KeyStatus } from './control-plane/key-status.ts'
export type { FiguresAnswer } from './control-plane/live-figures.ts'
export type { LiveSnapshot, LoudTenant } from './control-plane/live-usage.ts'
export type { MigrationOptions, MigrationOutcome } from './control-plane/migration-runs.ts'
export { hasHole, type PlacementAudit } from './control-plane/placement-audit.ts'
export {
  hasFailed,
  type MigrationFailure,
  type PlacementMigrations,
  type ServiceMigrationStatus,
} from './control-plane/placement-migrations.ts'
export type { RolloutReport, RolloutStep } from './control-plane/rollout-report.ts'
export type { UsageAnswer } from './control-plane/usage-routes.ts'
export type { UsageOf } from './control-plane/usage-store.ts'
export { demoIssuer } from './identity-provider/demo-issuer.ts'
export { obtainAccessToken } from './identity-provider/obtain-access-token.ts'
export { loadConfig } from './load-config.ts'
export { StateFolder, type SystemAddresses } from './supervisor/state-folder.ts'
export { System, type SystemOptions } from './supervisor/system.ts'
