import { authorizationPolicies } from './authorization-policies.ts'
import type { Cluster } from './cluster.ts'
import { deployment } from './deployment.ts'
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'
import { httpRoutes } from './http-routes.ts'
import type { Component, Manifest } from './manifest.ts'
import { denyAll, networkPolicy } from './network-policy.ts'
import { podDisruptionBudget } from './pod-disruption-budget.ts'
import { httpProbe, operatorProbe, probes } from './probes.ts'
import { service } from './service.ts'
import { serviceAccount } from './service-account.ts'
import { statefulSet } from './stateful-set.ts'
import { virtualService } from './virtual-service.ts'
import { controlPlane, deploymentsOf, gateway, relay, type Workload } from './workload.ts'

/**
 * Writes every object that a cluster needs, by component, in an order that depends on the configuration alone. Nothing in them is
 * secret, and no tenant is named: the same for ten tenants and for 100,000. Throws `IMAGE_MISSING`, `ROUTES_EXHAUSTED`.
 */
export function kubernetesManifests(cluster: Cluster): Component[] {
  const routes = routesOf(cluster)
  return [
    { name: 'deny-all', manifests: [denyAll(cluster)] },
    { name: controlPlane.name, manifests: [...identified(controlPlane, cluster), statefulSet(cluster)] },
    { name: relay.name, manifests: relayManifests(cluster) },
    served(gateway, cluster, '/health'),
    ...deploymentsOf(cluster).map((one) => served(one, cluster, healthPath(one, cluster))),
    ...(routes.length > 0 ? [{ name: 'routes', manifests: routes }] : []),
  ]
}

/** The component of what answers over HTTP, in copies: the gateway, or a deployment. */
function served(workload: Workload, cluster: Cluster, health: string | undefined): Component {
  const command = workload.service === undefined ? platformCommand(workload) : undefined
  return {
    name: workload.name,
    manifests: [
      ...identified(workload, cluster),
      service(workload, cluster),
      deployment(workload, cluster, { ...(command && { command }), probes: probes(httpProbe(health)) }),
      horizontalPodAutoscaler(workload, cluster),
      podDisruptionBudget(workload, cluster),
    ],
  }
}

function relayManifests(cluster: Cluster): Manifest[] {
  const container = { command: platformCommand(relay), probes: probes(operatorProbe()) }
  return [...identified(relay, cluster), deployment(relay, cluster, { ...container, replicas: 1 })]
}

// As the image's own working folder has it installed.
function platformCommand({ id }: Workload): string[] {
  return ['node', `node_modules/@tenantry/platform/dist/${id}/main.js`]
}

/** The first of the paths that are open, `/health` before others. */
function healthPath({ service }: Workload, { config }: Cluster): string | undefined {
  const open = config.services[service ?? '']?.open ?? []
  return open.includes('/health') ? '/health' : open[0]
}

function identified(workload: Workload, cluster: Cluster): Manifest[] {
  return [serviceAccount(workload, cluster), networkPolicy(workload, cluster)]
}

function routesOf(cluster: Cluster): Manifest[] {
  if (cluster.routing === 'gateway-api') return httpRoutes(cluster)
  return cluster.routing === 'istio' ? [...virtualService(cluster), ...authorizationPolicies(cluster)] : []
}
