import type { Cluster } from './cluster.ts'
import { metadataOf, podsIn, podsOf, selectorOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import { outsideOf } from './outside.ts'
import { httpPort } from './ports.ts'
import { reachOf } from './reach.ts'
import { gateway, type Workload } from './workload.ts'

const overHttp = [{ protocol: 'TCP', port: httpPort.containerPort }]

/** Lets nobody in the namespace reach anybody: what is allowed is in the policy of each workload. */
export function denyAll({ workloads }: Cluster): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny-all', namespace: workloads.namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  }
}

/** Allows what the configuration declares for one workload, in both directions, and nothing else. */
export function networkPolicy(workload: Workload, cluster: Cluster): Manifest {
  const { callers, called, fromIngress } = reachOf(workload, cluster)
  const ingress = [
    ...(callers.length > 0 ? [{ from: callers.map(podsOf), ports: overHttp }] : []),
    ...(fromIngress ? ingressRule(workload, cluster) : []),
  ]
  const egress = [
    nameServers,
    ...(called.length > 0 ? [{ to: called.map(podsOf), ports: overHttp }] : []),
    ...outsideOf(workload, cluster),
  ]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(workload, cluster.workloads),
    spec: {
      podSelector: { matchLabels: selectorOf(workload) },
      policyTypes: ['Ingress', 'Egress'],
      ingress,
      egress,
    },
  }
}

const nameServers = {
  to: [{ ...podsIn('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
}

// The gateway alone is for everyone where no ingress stands before it.
function ingressRule(workload: Workload, { deploy }: Cluster) {
  if (deploy.ingress) return [{ from: [podsIn(deploy.ingress.namespace)], ports: overHttp }]
  return workload === gateway ? [{ ports: overHttp }] : []
}
