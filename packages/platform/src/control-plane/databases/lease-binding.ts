import type { TenantryConfig } from '@tenantry/routing'
import type { DatabaseCredentials } from '../deployments/deployer.ts'

type DatabaseConfig = Pick<TenantryConfig, 'database'>

/** What every database binds leases to: one connection, unless deployments come through a transaction pooler. */
export function leaseBindingOf({ database }: DatabaseConfig): 'connection' | 'role' {
  return database.pooler ? 'role' : 'connection'
}

/** Where deployments reach their databases: at the pooler, or else at the server, which the platform itself always asks. */
export function deploymentAddress(
  { database: { pooler } }: DatabaseConfig,
  server: { host: string; port: number },
): Pick<DatabaseCredentials, 'host' | 'port' | 'pooler'> {
  const { host, port } = pooler ?? server
  return { host, port, pooler: pooler !== undefined }
}

/** What operators are told at a start when leases hold on more than one connection; nothing otherwise. */
export function describeWeakerBinding(config: DatabaseConfig): string | undefined {
  if (leaseBindingOf(config) === 'connection') return undefined
  return 'weaker: with `database.pooler`, a lease holds on any connection of its role until it expires, 60 s at most'
}
