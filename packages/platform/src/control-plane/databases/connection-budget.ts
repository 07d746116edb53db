import { TenantryError } from '@tenantry/context'
import type { DirectoryDeployment, TenantryConfig } from '@tenantry/routing'
import type { Topology } from '../deployments/topology.ts'
import { sessionsMax } from './server-sessions.ts'

/** A connection that ends and the one that takes its place may both count for a moment. */
const reservePerDeployment = 2
const relayPerDatabase = 1
export const catalogConnectionsMax = 4
/** The relay's on the bus: what it works with, and the one that holds it. */
const busConnections = 9
// A session that migrates has a second connection, without a superuser's rights.
const platformConnections = catalogConnectionsMax + 2 * sessionsMax + busConnections

/** How many connections a deployment's pool may hold at once. */
export function connectionsOf(
  { database }: Pick<TenantryConfig, 'database'>,
  { tenant }: Pick<DirectoryDeployment, 'tenant'>,
): number {
  const { pool, silo } = database.connectionsPerDeployment
  return tenant === null ? pool : silo
}

/** How many connections a deployment's central work may hold at once. */
export const centralConnections = 2

/** How many connections PostgreSQL lets a deployment's central role have, where its service was granted `central`; else none. */
export function centralLimitOf(
  { services }: Pick<TenantryConfig, 'services'>,
  { service }: Pick<DirectoryDeployment, 'service'>,
): number {
  return services[service]?.grants.includes('central') ? centralConnections + reservePerDeployment : 0
}

/** How many connections PostgreSQL lets a deployment's role have, whatever the deployment does. */
export function connectionLimitOf(
  config: Pick<TenantryConfig, 'database'>,
  deployment: Pick<DirectoryDeployment, 'tenant'>,
): number {
  return connectionsOf(config, deployment) + reservePerDeployment
}

/**
 * Makes sure that the server has a connection for everyone who may ask for one: every deployment's limit, its central work's,
 * the relay's for each database, and the platform's own. Throws `CONNECTIONS_EXHAUSTED` (409) when it has not.
 */
export function requireConnections(
  config: Pick<TenantryConfig, 'database' | 'services'>,
  topologies: readonly Topology[],
  serverMax: number,
): void {
  const total = config.database.connectionsTotal ?? serverMax
  if (total > serverMax) {
    throw exhausted(
      `\`database.connectionsTotal\` is ${total}, and the server has ${serverMax} for us`,
      'lower it, or raise `max_connections` of the server',
    )
  }
  const needed = topologies.reduce(
    (sum, { deployments }) =>
      sum +
      relayPerDatabase +
      deployments.reduce((own, one) => own + connectionLimitOf(config, one) + centralLimitOf(config, one), 0),
    platformConnections,
  )
  if (needed > total) {
    throw exhausted(
      `${topologies.length} databases need up to ${needed} connections, and there are ${total}`,
      'in tenantry.config.ts, lower `database.connectionsPerDeployment` or raise `database.connectionsTotal`; a server of your own needs as many `max_connections`',
    )
  }
}

function exhausted(message: string, help: string): TenantryError {
  return new TenantryError('CONNECTIONS_EXHAUSTED', message, { status: 409, help })
}
