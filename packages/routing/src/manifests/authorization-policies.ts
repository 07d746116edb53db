import type { Cluster } from './cluster.ts'
import { metadataOf, selectorOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import { httpPort } from './ports.ts'
import { reachOf } from './reach.ts'
import { deploymentsOf, gateway, type Workload } from './workload.ts'

const security = 'security.istio.io/v1'
// Istio reads this as its own trust domain, whatever that is called.
const meshTrustDomain = 'cluster.local'
/** The extension provider of the mesh that asks our authorization endpoint. */
const authorizer = 'tenantry'

/**
 * What Istio is told of who may call whom: the same as the network policies, by the service accounts that callers prove with their
 * certificates. And that its ingress asks the authorization endpoint first: without that provider in the mesh, it refuses everything.
 */
export function authorizationPolicies(cluster: Cluster): Manifest[] {
  const { namespace } = cluster.workloads
  const { ingress } = cluster.deploy
  if (!ingress) return []
  return [
    policy(
      { name: 'authorize', namespace: ingress.namespace },
      {
        selector: { matchLabels: ingress.pods },
        action: 'CUSTOM',
        provider: { name: authorizer },
        rules: [{ to: [{ operation: { hosts: ingress.hosts } }] }],
      },
    ),
    {
      apiVersion: security,
      kind: 'PeerAuthentication',
      metadata: { name: 'default', namespace },
      spec: { mtls: { mode: 'STRICT' } },
    },
    policy({ name: 'deny-all', namespace }, {}),
    ...[gateway, ...deploymentsOf(cluster)].flatMap((workload) =>
      allowCallers(workload, cluster, ingress.namespace),
    ),
  ]
}

function allowCallers(workload: Workload, cluster: Cluster, ingressNamespace: string): Manifest[] {
  const { namespace } = cluster.workloads
  const { callers, fromIngress } = reachOf(workload, cluster)
  const sources = [
    ...(callers.length > 0
      ? [{ source: { principals: callers.map(({ id }) => `${meshTrustDomain}/ns/${namespace}/sa/${id}`) } }]
      : []),
    ...(fromIngress ? [{ source: { namespaces: [ingressNamespace] } }] : []),
  ]
  if (sources.length === 0) return []
  return [
    policy(metadataOf(workload, cluster.workloads), {
      selector: { matchLabels: selectorOf(workload) },
      action: 'ALLOW',
      rules: [{ from: sources, to: [{ operation: { ports: [String(httpPort.containerPort)] } }] }],
    }),
  ]
}

function policy(metadata: Manifest['metadata'], spec: object): Manifest {
  return { apiVersion: security, kind: 'AuthorizationPolicy', metadata, spec }
}
