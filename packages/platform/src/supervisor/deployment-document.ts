import type { WorkloadIdentity } from '@tenantry/context'
import { hopBounds, limitsOf, type TenantryConfig } from '@tenantry/routing'
import { operatorSocketInPod } from '@tenantry/routing/manifests'
import type { DatabaseCredentials, DeploymentOrder } from '../control-plane/deployments/deployer.ts'
import { deriveJobKey } from './job-key.ts'
import type { StateFolder } from './state-folder.ts'

/** What of the document a deployment is told while it runs, when it changes. */
export interface LiveSettings {
  /** The names of all services. */
  readonly services: readonly string[]
  /** What each tier's tenants weigh. */
  readonly weights: Readonly<Record<string, number>>
}

/** Tells a deployment what changed. */
export interface ChangedSettings extends LiveSettings {
  readonly type: 'settings'
}

/** What holds by this configuration. */
export function liveSettings(config: TenantryConfig): LiveSettings {
  const weights = Object.keys(config.tiers).map((tier) => [tier, limitsOf(config, { tier }).weight])
  return { services: Object.keys(config.services), weights: Object.fromEntries(weights) }
}

/** What a deployment's process is started with, whoever starts it: who it is, where the platform is, its database. */
export function deploymentDocument(options: {
  order: DeploymentOrder
  config: TenantryConfig
  state: StateFolder
  /** What its workload proves itself with. */
  identity: WorkloadIdentity
  database: DatabaseCredentials | null
}): object {
  const { order, config, state, identity, database } = options
  const { calls, subscribes, acceptsAccessTokens, open, grants } = config.services[order.service] ?? {}
  return {
    ...identity,
    trustDomain: config.trustDomain,
    tokenServiceSocket: state.socket('tokens'),
    directorySocket: state.socket('control'),
    operatorSocket: config.deploy.kubernetes ? operatorSocketInPod : state.socket(order.id),
    service: order.service,
    deployment: order.id,
    tenant: order.tenant,
    database: database && shareConnections(database, order, config),
    calls,
    subscribes,
    acceptsAccessTokens,
    accessLog: true,
    hops: hopBounds(config.explain),
    metrics: { tenantSeries: config.metrics.tenantSeries, otlp: config.metrics.otlp },
    open,
    ...liveSettings(config),
    ...(grants?.includes('work') && { jobKey: deriveJobKey(state.secrets().jobMaster, order.id) }),
  }
}

// In a cluster every copy of a deployment has this document, and there is one more while it is rolled out.
function shareConnections(
  database: DatabaseCredentials,
  { tenant }: DeploymentOrder,
  { deploy }: TenantryConfig,
): DatabaseCredentials {
  if (!deploy.kubernetes) return database
  const { max } = deploy.kubernetes.copies[tenant === null ? 'pool' : 'silo']
  const share = (connections: number) => Math.max(1, Math.floor(connections / (max + 1)))
  const { central } = database
  return {
    ...database,
    connections: share(database.connections),
    ...(central && { central: { ...central, connections: share(central.connections) } }),
  }
}
