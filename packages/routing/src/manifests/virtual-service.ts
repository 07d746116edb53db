import type { Cluster } from './cluster.ts'
import type { Manifest } from './manifest.ts'
import { servicePort } from './ports.ts'
import { routedDeployments } from './routed-paths.ts'

/** One `VirtualService` of Istio with a route for each routed deployment, which matches its paths and the header that names it. */
export function virtualService({ deploy, ...cluster }: Cluster): Manifest[] {
  const { ingress } = deploy
  if (!ingress) return []
  const { namespace } = cluster.workloads
  const http = routedDeployments({ ...cluster, deploy }).map(({ workload, paths, header }) => ({
    name: workload.name,
    match: paths.flatMap((path) => {
      const headers = { [header.name]: { exact: header.value } }
      // A prefix of Istio's may end within a segment.
      return [
        { uri: { exact: path }, headers },
        { uri: { prefix: `${path}/` }, headers },
      ]
    }),
    route: [
      {
        destination: {
          host: `${workload.name}.${namespace}.svc.cluster.local`,
          port: { number: servicePort },
        },
      },
    ],
  }))
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'deployments', namespace },
      spec: { hosts: ingress.hosts, gateways: [`${ingress.namespace}/${ingress.gateway}`], http },
    },
  ]
}
