import { serviceAudience } from '@tenantry/context'
import type { Cluster } from './cluster.ts'
import { gateway, relay, type Workload } from './workload.ts'

// The least that Kubernetes takes: a token that was lifted is good for no longer.
const expirationSeconds = 600

/** The volume in which a workload finds a service-account token for each audience that it proves itself to, at the audience's name. */
export function credentialVolume(workload: Workload, { config }: Cluster) {
  const sources = [
    'token-service',
    'control-plane',
    ...servicesReached(workload, config.services).map(serviceAudience),
  ]
  return {
    name: 'credentials',
    projected: {
      sources: sources.map((audience) => ({
        serviceAccountToken: {
          path: audience,
          audience: `${config.trustDomain}/${audience}`,
          expirationSeconds,
        },
      })),
    },
  }
}

function servicesReached(workload: Workload, services: Cluster['config']['services']): string[] {
  if (workload.service !== undefined) return [...new Set(services[workload.service]?.calls)]
  const all = Object.keys(services)
  if (workload === gateway) return all.filter((name) => services[name]?.routes.length)
  if (workload === relay) return all.filter((name) => services[name]?.subscribes.length)
  return []
}
