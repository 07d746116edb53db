/**
 * What may it touch? Leases that the database verifies, protected tables, and the pool that carries the leases.
 * @module
 */

export {
  type AdoptionPart,
  type AdoptionSwitch,
  adoptDatabase,
  switchAdoption,
  undoAdoption,
} from './adoption/adopt-database.ts'
export type { AdoptionFinding } from './adoption/adoption-finding.ts'
export { type AdoptionMode, adoptionModes } from './adoption/adoption-mode.ts'
export { type AdoptionRecord, readAdoption, readRequestModes } from './adoption/adoption-record.ts'
export type { AdoptionTarget } from './adoption/adoption-target.ts'
export type { Adopting } from './adoption/adoption-witness.ts'
export { auditAdoption } from './adoption/audit-adoption.ts'
export type { AdoptionGap } from './adoption/find-gaps.ts'
export { type AdoptableTable, type AdoptionPlan, planAdoption } from './adoption/plan-adoption.ts'
export { rememberCallSite } from './adoption/read-call-site.ts'
export { createRequestModeSource } from './adoption/request-mode-source.ts'
export {
  type AuditFinding,
  type AuditOptions,
  auditDatabase,
  auditRules,
  type DatabaseAudit,
} from './audit/audit-database.ts'
export type { AuditRule, Severity } from './audit/audit-rule.ts'
export {
  grantCentralRole,
  grantRelayRole,
  grantServiceRole,
  keepCentralRoles,
} from './database/grant-roles.ts'
export { installIsolation } from './database/install-isolation.ts'
export { installKeys, readKeyIds } from './database/install-keys.ts'
export { centralRoleOf, everyTenant } from './database/isolation-roles.ts'
export { restoreTenant, revokeTenant, setRevokedTenants } from './database/revoke-tenant.ts'
export {
  type DatabaseKey,
  deriveDatabaseKey,
  deriveTenantKey,
  signLease,
  type TenantKey,
} from './database/tenant-key.ts'
export type { CentralAccess, CentralKeySource } from './lease/central-access.ts'
export type { ConnectionTurns } from './lease/connection-turns.ts'
export type { TenantKeySource } from './lease/lease-scope.ts'
export { LeasedPool, type LeasedPoolConfig, type Queryable } from './lease/leased-pool.ts'
export type { StatementObserver } from './lease/statement-observer.ts'
export { listMigrations } from './migration/list-migrations.ts'
export { type Migration, migrateService, type SystemTable } from './migration/migrate-service.ts'
