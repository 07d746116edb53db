import { selectorOf } from './labels.ts'
import { controlPlane } from './workload.ts'

/** The folder of a node in which the token service and the control plane listen, at the same path in every pod. */
export const socketFolder = '/run/tenantry'

/** The node's folder of Unix sockets. Whoever prepares the node makes it: it belongs to the user that pods run as. */
export const socketVolume = { name: 'sockets', hostPath: { path: socketFolder, type: 'Directory' } }

/**
 * The sockets as every pod but the control plane's has them. INVARIANT: it connects to them and cannot replace them; whoever listened in
 * their place would be sent other workloads' tokens.
 */
export const socketMount = { name: socketVolume.name, mountPath: socketFolder, readOnly: true }

/** Where a process in a pod answers operators: in a folder of the pod's own. */
export const operatorSocketInPod = '/tmp/operators.sock'

/** A Unix socket ends at its node: who needs it runs where the control plane does. */
export const besideControlPlane = {
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: selectorOf(controlPlane) }, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
}
