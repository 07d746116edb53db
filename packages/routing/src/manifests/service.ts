import type { Cluster } from './cluster.ts'
import { metadataOf, selectorOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import { httpPort, servicePort } from './ports.ts'
import type { Workload } from './workload.ts'

/** The one address of all copies of a workload, inside the cluster. */
export function service(workload: Workload, { workloads }: Cluster): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(workload, workloads),
    spec: {
      type: 'ClusterIP',
      selector: selectorOf(workload),
      ports: [{ name: httpPort.name, port: servicePort, targetPort: httpPort.name, protocol: 'TCP' }],
    },
  }
}
