import type { Cluster } from './cluster.ts'
import { podsIn } from './labels.ts'
import { controlPlane, gateway, relay, type Workload } from './workload.ts'

// A policy is asked after a Service's address was replaced by one of its pods': the API server's own port.
const apiServer = { host: 'kubernetes.default.svc', port: 6443 }

/** What a workload reaches outside the system: databases, the event bus, the keys of issuers, Istio's own control plane. */
export function outsideOf(workload: Workload, cluster: Cluster) {
  const { config, workloads, deploy, routing } = cluster
  const service = workload.service === undefined ? undefined : config.services[workload.service]
  const isOf = (...some: Workload[]) => some.includes(workload)
  const databases =
    isOf(relay, controlPlane) || service?.migrations || service?.adopts
      ? deploy.databases.map(({ cidr, port }) => ({ to: [{ ipBlock: { cidr } }], ports: tcp([port]) }))
      : []
  const issuers = isOf(gateway, controlPlane) ? config.identity.flatMap(urlsOf) : []
  const clusterKeys = isOf(controlPlane) ? urlsOf(workloads) : []
  const buses = isOf(relay, controlPlane) && config.events.bus === 'nats' ? config.events.servers : []
  const istio = { to: [podsIn('istio-system')], ports: tcp([15012]) }
  return [
    ...databases,
    ...byPort([...issuers, ...clusterKeys, ...buses].flatMap(portsOf)),
    ...(routing === 'istio' ? [istio] : []),
  ]
}

/** True where the keys of service accounts are read from the API server itself, whose certificate is the cluster's own. */
export function readsApiServer({ workloads }: Pick<Cluster, 'workloads'>): boolean {
  return urlsOf(workloads).some((url) => new URL(url).hostname === apiServer.host)
}

function urlsOf({ issuer, jwksUri }: { issuer: string; jwksUri?: string | undefined }): string[] {
  return [jwksUri ?? issuer]
}

function portsOf(url: string): number[] {
  const { protocol, port, hostname } = new URL(url)
  const usual: Record<string, number> = { 'https:': 443, 'http:': 80 }
  const own = Number(port) || (usual[protocol] ?? 4222)
  return hostname === apiServer.host ? [own, apiServer.port] : [own]
}

// These have names and no networks, and a policy knows no names.
function byPort(ports: number[]) {
  return ports.length > 0 ? [{ ports: tcp([...new Set(ports)].sort((a, b) => a - b)) }] : []
}

function tcp(ports: readonly number[]) {
  return ports.map((port) => ({ protocol: 'TCP', port }))
}
