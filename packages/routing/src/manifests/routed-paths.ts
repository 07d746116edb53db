import { deploymentHeader } from '../deployment-header.ts'
import type { Cluster } from './cluster.ts'
import { deploymentsOf, type Workload } from './workload.ts'

/** What an ingress sends to one deployment: requests below these paths whose header names it. */
export interface RoutedDeployment {
  readonly workload: Workload
  readonly paths: readonly string[]
  readonly header: { readonly name: string; readonly value: string }
}

/** The deployments of routed services. There are as many as services and silos say, however many tenants there are. */
export function routedDeployments(cluster: Cluster): RoutedDeployment[] {
  return deploymentsOf(cluster).flatMap((workload) => {
    const paths = cluster.config.services[workload.service ?? '']?.routes ?? []
    return paths.length > 0
      ? [{ workload, paths, header: { name: deploymentHeader, value: workload.id } }]
      : []
  })
}
