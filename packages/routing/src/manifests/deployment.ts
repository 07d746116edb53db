import type { Cluster } from './cluster.ts'
import { metadataOf, selectorOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import { type Container, podTemplate } from './pod-template.ts'
import type { Workload } from './workload.ts'

/** The copy-set of a workload. It says no number of copies where autoscaling does. */
export function deployment(
  workload: Workload,
  cluster: Cluster,
  { replicas, ...container }: Container & { readonly replicas?: number },
): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(workload, cluster.workloads),
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: selectorOf(workload) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: podTemplate(workload, cluster, container),
    },
  }
}
