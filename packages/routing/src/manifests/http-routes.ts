import { TenantryError } from '@tenantry/context'
import type { Cluster } from './cluster.ts'
import { metadataOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import { servicePort } from './ports.ts'
import { type RoutedDeployment, routedDeployments } from './routed-paths.ts'

/** So many matches may a rule of the Gateway API have. */
const matchesMax = 64

/**
 * One `HTTPRoute` of the Gateway API for each routed deployment, which matches its paths and the header that names it.
 * Throws `ROUTES_EXHAUSTED` for a service with more paths than a route can match.
 */
export function httpRoutes(cluster: Cluster): Manifest[] {
  const { ingress } = cluster.deploy
  if (!ingress) return []
  return routedDeployments(cluster).map((routed) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metadataOf(routed.workload, cluster.workloads),
    spec: {
      parentRefs: [{ name: ingress.gateway, namespace: ingress.namespace }],
      hostnames: ingress.hosts,
      rules: [
        {
          matches: matchesOf(routed),
          backendRefs: [{ name: routed.workload.name, port: servicePort }],
        },
      ],
    },
  }))
}

function matchesOf({ workload, paths, header }: RoutedDeployment) {
  if (paths.length > matchesMax) {
    throw new TenantryError(
      'ROUTES_EXHAUSTED',
      `\`${workload.service}\` has ${paths.length} routes, and a route of the Gateway API matches ${matchesMax}`,
      { help: 'bring them below one path, or use `--routing istio`' },
    )
  }
  return paths.map((path) => ({
    path: { type: 'PathPrefix', value: path },
    headers: [{ type: 'Exact', ...header }],
  }))
}
