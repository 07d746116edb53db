import type { Cluster } from './cluster.ts'
import type { Workload } from './workload.ts'

const unlessConfigured = { cpu: '100m', memory: '256Mi' }

/** What a container is given. Its memory is bounded; its CPU is not, so that it is never throttled while the node has time. */
export function resourcesOf({ service, id }: Workload, { deploy }: Cluster) {
  const { cpu, memory } = deploy.resources[service ?? id] ?? deploy.resources['*'] ?? unlessConfigured
  return { requests: { cpu, memory }, limits: { memory } }
}
