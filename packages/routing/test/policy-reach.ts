import type { Manifest } from '../src/manifests/manifest.ts'

interface Pod {
  readonly name: string
  readonly namespace: string
  readonly account: string
  readonly labels: Readonly<Record<string, string>>
}

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Record<string, string> }
  readonly namespaceSelector?: { readonly matchLabels?: Record<string, string> }
  readonly ipBlock?: object
}

interface Rule {
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[]
}

interface PolicySpec {
  readonly podSelector: { readonly matchLabels?: Record<string, string> }
  readonly policyTypes: readonly string[]
  readonly ingress?: readonly Rule[]
  readonly egress?: readonly Rule[]
}

/** The pods that workloads make, one of each, and one of the ingress and one of a stranger's. */
export function podsOf(manifests: readonly Manifest[]): Pod[] {
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
  const pods = workloads.map(({ metadata, spec }) => {
    const { template } = spec as {
      template: { metadata: { labels: Record<string, string> }; spec: { serviceAccountName: string } }
    }
    return {
      name: metadata.name,
      namespace: metadata.namespace,
      account: template.spec.serviceAccountName,
      labels: template.metadata.labels,
    }
  })
  return [
    ...pods,
    { name: 'ingress', namespace: 'ingress', account: 'ingress', labels: { istio: 'ingressgateway' } },
    { name: 'stranger', namespace: 'shop', account: 'default', labels: { app: 'stranger' } },
    {
      name: 'outsider',
      namespace: 'other',
      account: 'order.pool',
      labels: { 'app.kubernetes.io/instance': 'order-pool' },
    },
  ]
}

/**
 * Every pair `caller -> called` that the network policies let through on a port, by the rules of Kubernetes: a pod that no policy
 * selects is open; one that some select is open to what any of these allows; and both ends have to agree.
 */
export function pairsByNetworkPolicies(manifests: readonly Manifest[], port: number): string[] {
  const pods = podsOf(manifests)
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy')
  const allows = (pod: Pod, peer: Pod, type: 'Ingress' | 'Egress') => {
    const selecting = policies.filter(({ metadata, spec }) => {
      const { podSelector, policyTypes } = spec as PolicySpec
      return (
        metadata.namespace === pod.namespace && policyTypes.includes(type) && selects(podSelector, pod.labels)
      )
    })
    if (selecting.length === 0) return true
    return selecting.some(({ metadata, spec }) => {
      const rules = (type === 'Ingress' ? (spec as PolicySpec).ingress : (spec as PolicySpec).egress) ?? []
      return rules.some((rule) => {
        const peers = type === 'Ingress' ? rule.from : rule.to
        const atPort = rule.ports?.some((one) => one.protocol === 'TCP' && one.port === port) ?? true
        return atPort && (peers?.some((one) => isPeer(one, peer, metadata.namespace)) ?? true)
      })
    })
  }
  return pairs(pods, (from, to) => allows(from, to, 'Egress') && allows(to, from, 'Ingress'))
}

/** The same by Istio's authorization policies, which look at the called side and at whom a certificate names. */
export function pairsByAuthorizationPolicies(manifests: readonly Manifest[], port: number): string[] {
  const policies = manifests.filter(
    ({ kind, spec }) => kind === 'AuthorizationPolicy' && (spec as { action?: string }).action !== 'CUSTOM',
  )
  return pairs(podsOf(manifests), (from, to) => {
    // They tell who is let in, and nothing of where a pod may go.
    if (to.namespace !== 'shop') return false
    const selecting = policies.filter(({ metadata, spec }) => {
      const { selector = {} } = spec as { selector?: { matchLabels?: Record<string, string> } }
      return metadata.namespace === to.namespace && selects(selector, to.labels)
    })
    if (selecting.length === 0) return true
    return selecting.some(({ spec }) => {
      const { rules = [] } = spec as {
        rules?: {
          from: { source: { principals?: string[]; namespaces?: string[] } }[]
          to: { operation: { ports: string[] } }[]
        }[]
      }
      const principal = `cluster.local/ns/${from.namespace}/sa/${from.account}`
      return rules.some(
        (rule) =>
          rule.to.some(({ operation }) => operation.ports.includes(String(port))) &&
          rule.from.some(
            ({ source }) =>
              source.principals?.includes(principal) || source.namespaces?.includes(from.namespace),
          ),
      )
    })
  })
}

// Who is in another namespace is no one to us, unless it is about one of ours.
function pairs(pods: readonly Pod[], mayReach: (from: Pod, to: Pod) => boolean): string[] {
  const isOurs = ({ namespace }: Pod) => namespace === 'shop'
  return pods
    .flatMap((to) =>
      pods
        .filter((from) => from !== to && (isOurs(from) || isOurs(to)) && mayReach(from, to))
        .map((from) => `${from.name} -> ${to.name}`),
    )
    .sort()
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, pod: Pod, ownNamespace: string): boolean {
  if (ipBlock) return false
  const inNamespace = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': pod.namespace })
    : pod.namespace === ownNamespace
  return inNamespace && selects(podSelector ?? {}, pod.labels)
}

function selects(
  selector: { matchLabels?: Record<string, string> },
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels[name] === value)
}
