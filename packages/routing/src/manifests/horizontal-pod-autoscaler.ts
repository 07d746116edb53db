import type { Cluster } from './cluster.ts'
import { metadataOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import type { Workload } from './workload.ts'

const cpuPercent = 70

/** How many copies there are, by the CPU that they use of what they asked for. */
export function horizontalPodAutoscaler(workload: Workload, { deploy, workloads }: Cluster): Manifest {
  const { min, max } = deploy.copies[workload.placement ?? 'gateway']
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(workload, workloads),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload.name },
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } },
        },
      ],
    },
  }
}
