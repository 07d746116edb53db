import type { TenantryConfig } from '../config.ts'
import { placementOfTier } from '../placement.ts'
import type { Cluster } from './cluster.ts'
import { objectName } from './cluster-address.ts'

/** A process of ours that runs in pods: a deployment of a service, or one of the platform's. */
export interface Workload {
  /** Its id in the directory, and the name of its service account: `order.pool`, `gateway`. */
  readonly id: string
  /** What its objects are called: `order-pool`, `gateway`. */
  readonly name: string
  /** The service that it is a deployment of; none for the platform's. */
  readonly service?: string
  readonly placement?: 'pool' | 'silo'
}

export const gateway: Workload = { id: 'gateway', name: 'gateway' }
export const relay: Workload = { id: 'relay', name: 'relay' }
/** With it runs the token service, in the same pod. */
export const controlPlane: Workload = { id: 'control-plane', name: 'control-plane' }

/** A tenant's view of the deployments: which one serves it for each service. */
type Residence = ReadonlyMap<string, Workload>

/** The deployments of all services, by id: the pool's, and those of the cluster's silos. */
export function deploymentsOf(cluster: Cluster): Workload[] {
  const all = new Map(
    residences(cluster).flatMap((residence) => [...residence.values()].map((one) => [one.id, one])),
  )
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/**
 * The declared calls between deployments, as pairs `[caller, called]`: where one tenant has both. So no deployment of a silo is
 * in a pair with another silo's.
 */
export function callsOf(cluster: Cluster): [Workload, Workload][] {
  const pairs = new Map<string, [Workload, Workload]>()
  for (const residence of residences(cluster)) {
    for (const [service, { calls }] of Object.entries(cluster.config.services)) {
      for (const called of calls) {
        const [from, to] = [residence.get(service), residence.get(called)]
        if (from && to) pairs.set(`${from.id} ${to.id}`, [from, to])
      }
    }
  }
  return [...pairs.values()]
}

/** One for each tier, whose silos are unknown, and one for each silo that is given. */
function residences({ config, silos }: Cluster): Residence[] {
  const tiers = Object.keys(config.tiers).map((tier) => residence(config, tier))
  return [...tiers, ...silos.map(({ tier, name }) => residence(config, tier, name))]
}

function residence(config: TenantryConfig, tier: string, silo?: string): Residence {
  const found = Object.entries(placementOfTier(config, tier)).flatMap(([service, placement]) => {
    const at = placement === 'pool' ? 'pool' : silo
    if (at === undefined) return []
    const id = `${service}.${at}`
    return [[service, { id, name: objectName(id), service, placement }] as const]
  })
  return new Map(found)
}
