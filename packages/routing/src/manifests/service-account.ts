import type { Cluster } from './cluster.ts'
import { labelsOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import type { Workload } from './workload.ts'

/**
 * The service account that a workload is: its name is the workload's id, which is what the directory expects. No token of
 * the API server's is mounted.
 */
export function serviceAccount(workload: Workload, { workloads }: Cluster): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: workload.id, namespace: workloads.namespace, labels: labelsOf(workload) },
    automountServiceAccountToken: false,
  }
}
