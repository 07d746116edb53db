import type { Cluster } from './cluster.ts'
import { callsOf, deploymentsOf, gateway, relay, type Workload } from './workload.ts'

/** Who may open connections to a workload, and to whom it may. */
export interface Reach {
  readonly callers: readonly Workload[]
  readonly called: readonly Workload[]
  /** True where the ingress sends requests here itself. */
  readonly fromIngress: boolean
}

/**
 * Computes what is declared: `calls` between the deployments that one tenant has, the gateway to those of routed services,
 * the relay to those of subscribers.
 */
export function reachOf(workload: Workload, cluster: Cluster): Reach {
  const edges = edgesOf(cluster)
  const service = workload.service === undefined ? undefined : cluster.config.services[workload.service]
  return {
    callers: byId(edges.filter(([, to]) => to.id === workload.id).map(([from]) => from)),
    called: byId(edges.filter(([from]) => from.id === workload.id).map(([, to]) => to)),
    fromIngress:
      workload === gateway ||
      service?.acceptsAccessTokens === true ||
      (cluster.routing !== undefined && (service?.routes.length ?? 0) > 0),
  }
}

const known = new WeakMap<Cluster, [Workload, Workload][]>()

function edgesOf(cluster: Cluster): [Workload, Workload][] {
  const computed = known.get(cluster)
  if (computed) return computed
  const { services } = cluster.config
  const edges = callsOf(cluster)
  for (const to of deploymentsOf(cluster)) {
    const { routes = [], subscribes = [] } = services[to.service ?? ''] ?? {}
    if (routes.length > 0) edges.push([gateway, to])
    if (subscribes.length > 0) edges.push([relay, to])
  }
  known.set(cluster, edges)
  return edges
}

function byId(workloads: Workload[]): Workload[] {
  return workloads.sort((a, b) => (a.id < b.id ? -1 : 1))
}
