import type { WorkloadIdentity } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import type { DatabaseCredentials, DeploymentOrder } from '../control-plane/deployer.ts'
import { deriveJobKey } from './job-key.ts'
import type { StateFolder } from './state-folder.ts'

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
    operatorSocket: state.socket(order.id),
    service: order.service,
    deployment: order.id,
    tenant: order.tenant,
    database,
    calls,
    services: Object.keys(config.services),
    subscribes,
    acceptsAccessTokens,
    accessLog: true,
    open,
    ...(grants?.includes('work') && { jobKey: deriveJobKey(state.secrets().jobMaster, order.id) }),
  }
}
