import type { TenantryConfig } from '../config.ts'

/**
 * Where a deployment answers inside the cluster that the configuration describes: at the Service of its name. `null` when it
 * describes none, and nobody knows where something else starts it.
 */
export function clusterAddressOf(
  { workloads, deploy }: Pick<TenantryConfig, 'workloads' | 'deploy'>,
  deployment: string,
): string | null {
  if (!workloads.kubernetes || !deploy.kubernetes) return null
  return `http://${objectName(deployment)}.${workloads.kubernetes.namespace}.svc`
}

/** What a deployment's objects are called. No two ids have one name: what stands behind the dot holds no hyphen. */
export function objectName(deployment: string): string {
  return deployment.replace('.', '-')
}
