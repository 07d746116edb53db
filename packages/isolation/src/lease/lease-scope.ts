import { CentralScope, readCentralScope, requireScope, type Scope } from '@tenantry/context'
import type { TenantKey } from '../database/tenant-key.ts'
import type { CentralKeySource } from './central-access.ts'
import { otherScope } from './lease-error.ts'

/** What a connection is checked out for: work of one tenant, or central work. */
export type LeaseScope = Scope | CentralScope

/** Where the pool gets the tenant key of a scope: a cached one, or one that has to be asked for. */
export interface TenantKeySource {
  /** The key must live for 10 s at least, or as long as the scope's own right to it. */
  tenantKey(scope: Scope): TenantKey | Promise<TenantKey>
}

/** Where the keys come from that a connection's leases are signed with. */
export interface LeaseKeys {
  tenantKeys: TenantKeySource
  /** For the connections of central work, which are another role's: they serve nothing else. */
  centralKeys?: CentralKeySource | undefined
}

/** The scope that this code runs in, central work included; throws `CONTEXT_MISSING` outside one. */
export function requireLeaseScope(): LeaseScope {
  return readCentralScope() ?? requireScope()
}

/** Whose state a connection carries afterwards: a tenant's, or that of one central work and no other. */
export function holderOf(scope: LeaseScope): string {
  return scope instanceof CentralScope ? `central ${scope.context.requestId}` : scope.context.tenant.id
}

/** The key for a scope's leases. Rejects with `LEASE_OTHER_SCOPE` on a connection that serves the other kind of work. */
export function leaseKeyOf(
  { tenantKeys, centralKeys }: LeaseKeys,
  scope: LeaseScope,
): TenantKey | Promise<TenantKey> {
  // INVARIANT: a connection signs for tenants or for central work, and no connection for both.
  if (scope instanceof CentralScope) return centralKeys?.centralKey(scope) ?? Promise.reject(otherScope())
  return centralKeys ? Promise.reject(otherScope()) : tenantKeys.tenantKey(scope)
}
