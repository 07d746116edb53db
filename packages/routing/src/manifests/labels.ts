import type { Workload } from './workload.ts'

/** The label by which a workload's pods are selected. */
export const instanceLabel = 'app.kubernetes.io/instance'

/** What selects the pods of one workload. */
export function selectorOf({ name }: Pick<Workload, 'name'>): Record<string, string> {
  return { [instanceLabel]: name }
}

/** The labels of a workload's objects and pods, as Kubernetes recommends them. */
export function labelsOf({ name, service }: Workload): Record<string, string> {
  return {
    'app.kubernetes.io/name': service ?? name,
    ...selectorOf({ name }),
    'app.kubernetes.io/component': service ? 'service' : 'platform',
    'app.kubernetes.io/part-of': 'tenantry',
  }
}

/** The metadata of an object that belongs to a workload and has its name. */
export function metadataOf(workload: Workload, { namespace }: { namespace: string }) {
  return { name: workload.name, namespace, labels: labelsOf(workload) }
}

/** A peer of network policies: the pods of one workload. */
export function podsOf(workload: Workload) {
  return { podSelector: { matchLabels: selectorOf(workload) } }
}

/** A peer of network policies: all pods of a namespace, which Kubernetes labels with its name. */
export function podsIn(namespace: string) {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }
}
