import { randomBytes } from 'node:crypto'
import {
  type DirectoryDatabase,
  type DirectoryDeployment,
  type DirectoryTenant,
  type Placement,
  placementOfTier,
  type TenantryConfig,
} from '@tenantry/routing'

/** The database that all pooled services share. */
export const poolDatabase = 'tenantry_pool'

/** A name for a new silo that tells nothing of its tenant: database and role names are readable by every role. */
export function newSiloName(placement: Placement): string | null {
  return Object.values(placement).includes('silo') ? randomBytes(4).toString('hex') : null
}

/** The services that run on the pool's database for at least one tier. */
export function pooledServices(config: TenantryConfig): string[] {
  const placements = Object.keys(config.tiers).map((tier) => placementOfTier(config, tier))
  return Object.keys(config.services).filter(
    (service) =>
      !config.services[service]?.adopts && placements.some((placement) => placement[service] === 'pool'),
  )
}

/** The services that a tenant has in its own silo; one that was taken out of the configuration does not run, whatever it left there. */
export function siloedServices(
  { services }: Pick<TenantryConfig, 'services'>,
  { placement }: Pick<DirectoryTenant, 'placement'>,
): string[] {
  return Object.keys(services).filter((service) => placement[service] === 'silo')
}

/** The database of a tenant's silo, or `undefined` when all of it is pooled. */
export function siloDatabase(tenant: Pick<DirectoryTenant, 'silo'>): string | undefined {
  return tenant.silo === null ? undefined : `tenantry_${tenant.silo}`
}

/** Every database that may hold rows of the tenant. */
export function databasesOf(tenant: Pick<DirectoryTenant, 'silo'>): string[] {
  const silo = siloDatabase(tenant)
  return silo ? [poolDatabase, silo] : [poolDatabase]
}

/** The pool's database and deployments, before any copy runs. */
export function poolTopology(config: TenantryConfig, server: { host: string; port: number }): Topology {
  return topology(poolDatabase, 'pool', null, pooledServices(config), server)
}

/** The database and deployments of a tenant's silo; `undefined` when all of it is pooled. */
export function siloTopology(
  config: Pick<TenantryConfig, 'services'>,
  tenant: DirectoryTenant,
  server: { host: string; port: number },
): Topology | undefined {
  const database = siloDatabase(tenant)
  if (!database || !tenant.silo) return undefined
  return topology(database, tenant.silo, tenant.id, siloedServices(config, tenant), server)
}

/** All topologies of these tenants: the pool's, then each silo's. */
export function allTopologies(
  config: TenantryConfig,
  tenants: readonly DirectoryTenant[],
  server: { host: string; port: number },
): Topology[] {
  const silos = tenants
    .map((tenant) => siloTopology(config, tenant, server))
    .filter((silo) => silo !== undefined)
  return [poolTopology(config, server), ...silos]
}

/** One database and the deployments that work on it. */
export interface Topology {
  /** The tenant whose silo it is; null for the pool. */
  readonly tenant: string | null
  readonly database: DirectoryDatabase
  readonly deployments: readonly DirectoryDeployment[]
}

function topology(
  id: string,
  name: string,
  tenant: string | null,
  services: string[],
  { host, port }: { host: string; port: number },
): Topology {
  const deployments = services.map((service) => ({
    id: `${service}.${name}`,
    service,
    tenant,
    database: id,
    role: `${name}_${service}`,
    addresses: [],
  }))
  return { tenant, database: { id, host, port, services }, deployments }
}
