import type { TenantryConfig } from '@tenantry/routing'

type DatabaseConfig = Pick<TenantryConfig, 'database'>

/** What every database binds leases to: one connection, unless deployments come through a transaction pooler. */
export function leaseBindingOf({ database }: DatabaseConfig): 'connection' | 'role' {
  return database.pooler ? 'role' : 'connection'
}

/** What operators are told at a start when leases hold on more than one connection; nothing otherwise. */
export function describeWeakerBinding(config: DatabaseConfig): string | undefined {
  if (leaseBindingOf(config) === 'connection') return undefined
  return 'weaker: with `database.pooler`, a lease holds on any connection of its role until it expires, 60 s at most'
}
