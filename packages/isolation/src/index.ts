/**
 * What may it touch? Leases that the database verifies, protected tables, and the pool that carries the leases.
 * @module
 */

export { grantRelayRole, grantServiceRole } from './grant-roles.ts'
export { installIsolation } from './install-isolation.ts'
export type { TenantKeySource } from './leased-client.ts'
export { LeasedPool, type LeasedPoolConfig, type Queryable } from './leased-pool.ts'
export { type Migration, migrateService, type SystemTable } from './migrate-service.ts'
export { restoreTenant, revokeTenant, setRevokedTenants } from './revoke-tenant.ts'
export {
  type DatabaseKey,
  deriveDatabaseKey,
  deriveTenantKey,
  signLease,
  type TenantKey,
} from './tenant-key.ts'
