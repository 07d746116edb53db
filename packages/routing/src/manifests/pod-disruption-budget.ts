import type { Cluster } from './cluster.ts'
import { metadataOf, selectorOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import type { Workload } from './workload.ts'

/** A node that is drained takes one copy at a time, and is not kept from being drained by a workload of one copy. */
export function podDisruptionBudget(workload: Workload, { workloads }: Cluster): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(workload, workloads),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(workload) } },
  }
}
