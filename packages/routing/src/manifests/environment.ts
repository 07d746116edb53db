import type { Cluster } from './cluster.ts'
import { controlPlane } from './workload.ts'

/**
 * The variables that the control plane's pod is given from the Secret that has its name: the key of its state, and those that
 * the configuration names in place of values.
 */
export function environmentOf({ config }: Pick<Cluster, 'config'>) {
  const adopted = Object.values(config.services).flatMap(({ adopts }) =>
    adopts ? [adopts.urlFrom, adopts.provisionerUrlFrom] : [],
  )
  const bus = config.events.bus === 'nats' ? Object.values(config.events.credentials ?? {}) : []
  return [...new Set(['TENANTRY_STATE_KEY', ...adopted, ...bus])].map((name) => ({
    name,
    valueFrom: { secretKeyRef: { name: controlPlane.name, key: name } },
  }))
}
