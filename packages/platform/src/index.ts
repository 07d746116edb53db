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
export { databaseOf, readAdoptedUrls, roleOf } from './control-plane/adoption/adopted-databases.ts'
export {
  type AdoptionStatus,
  adoptAt,
  adoptionAt,
  planAdoptionAt,
  switchAdoptionAt,
  undoAdoptionAt,
} from './control-plane/adoption/adoption-at-url.ts'
export { auditUrl } from './control-plane/adoption/audit-url.ts'
export type { ApplyAnswer } from './control-plane/apply/apply-routes.ts'
export type { RolloutReport, RolloutStep } from './control-plane/apply/rollout-report.ts'
export {
  type ApiKeyAnswer,
  ControlPlaneClient,
  type TenantAnswer,
} from './control-plane/control-plane-client.ts'
export type { ExistingRows } from './control-plane/databases/existing-rows.ts'
export { hasHole, type PlacementAudit } from './control-plane/databases/placement-audit.ts'
export {
  hasFailed,
  type MigrationFailure,
  type PlacementMigrations,
  type ServiceMigrationStatus,
} from './control-plane/databases/placement-migrations.ts'
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
} from './control-plane/events/event-answers.ts'
export type {
  ExplainedHop,
  Explanation,
  Refusal as RequestRefusal,
} from './control-plane/explain/explanation.ts'
export type { DatabaseKeyStatus, KeyStatus } from './control-plane/keys/key-status.ts'
export type { MigrationOptions, MigrationOutcome } from './control-plane/migrations/migration-runs.ts'
export type { LimitChanges } from './control-plane/tenants/catalog.ts'
export type { CostAnswer } from './control-plane/usage/cost-routes.ts'
export type { FiguresAnswer } from './control-plane/usage/live-figures.ts'
export type { LiveSnapshot, LoudTenant } from './control-plane/usage/live-usage.ts'
export type { UsageAnswer } from './control-plane/usage/usage-routes.ts'
export type { UsageOf } from './control-plane/usage/usage-store.ts'
export { demoIssuer } from './identity-provider/demo-issuer.ts'
export { obtainAccessToken } from './identity-provider/obtain-access-token.ts'
export { loadConfig } from './load-config.ts'
export { StateFolder, type SystemAddresses } from './supervisor/state-folder.ts'
export { System, type SystemOptions } from './supervisor/system.ts'
