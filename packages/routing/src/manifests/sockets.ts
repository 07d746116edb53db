import { selectorOf } from './labels.ts'
import { controlPlane } from './workload.ts'

/** The folder of a node in which the token service and the control plane listen, at the same path in every pod. */
export const socketFolder = '/run/tenantry'

/** The node's folder of Unix sockets. Whoever prepares the node makes it: it belongs to the user that pods run as. */
export const socketVolume = { name: 'sockets', hostPath: { path: socketFolder, type: 'Directory' } }

/** A Unix socket ends at its node: who needs it runs where the control plane does. */
export const besideControlPlane = {
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: selectorOf(controlPlane) }, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
}
