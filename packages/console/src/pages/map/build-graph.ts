import type { Config } from '../../api/config.ts'
import type { Deployment } from '../../api/deployments.ts'
import type { Call } from '../../api/snapshot.ts'

/** A process, or several that are drawn as one. */
export interface GraphNode {
  /** A deployment's id; `order+silos` for silos that are folded; `gateway`, `relay` and the like. */
  readonly id: string
  readonly kind: 'platform' | 'pool' | 'silo' | 'folded'
  readonly text: string
  readonly tenant: string | null
  /** How many deployments it stands for. */
  readonly count: number
  readonly isDown: boolean
}

/** A service and its deployments, the pool first. */
export interface GraphGroup {
  readonly service: string
  readonly nodes: readonly GraphNode[]
}

/** Requests per second from one node to another; 0 where the configuration allows what nobody does now. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly perSecond: number
}

export interface Graph {
  readonly platform: readonly GraphNode[]
  readonly groups: readonly GraphGroup[]
  readonly edges: readonly GraphEdge[]
}

interface GraphParts {
  readonly services: Config['services']
  readonly deployments: readonly Deployment[]
  readonly calls: readonly Call[]
  /** How many silos of a service are drawn by themselves before the others are folded into one. */
  readonly silosMax: number
  /** Silos that come first, by the ids of their deployments: those with most to do. */
  readonly busiest?: readonly string[]
}

/** What is drawn: the platform, each service with its deployments, and who calls whom. */
export function buildGraph({ services, deployments, calls, silosMax, busiest = [] }: GraphParts): Graph {
  const nodeOf = new Map<string, string>()
  const groups = Object.keys(services).map((service): GraphGroup => {
    const own = deployments.filter((one) => one.service === service)
    const pool = own.filter(({ tenant }) => tenant === null)
    const { drawn, folded } = foldSilos(
      own.filter(({ tenant }) => tenant !== null),
      silosMax,
      busiest,
    )
    for (const { id } of [...pool, ...drawn]) nodeOf.set(id, id)
    for (const { id } of folded) nodeOf.set(id, `${service}+silos`)
    return {
      service,
      nodes: [...pool, ...drawn]
        .map(drawnNode)
        .concat(folded.length > 0 ? [foldedNode(service, folded)] : []),
    }
  })
  const placeOf = (id: string) => nodeOf.get(id) ?? platformName(id)
  const moving = addUp(
    calls.map(({ from, to, perSecond }) => ({ from: placeOf(from), to: placeOf(to), perSecond })),
  )
  const names = new Set(['gateway', 'relay', ...moving.flatMap(({ from, to }) => [from, to])])
  for (const { nodes } of groups) for (const { id } of nodes) names.delete(id)
  names.delete('outside')
  return {
    platform: [...names].map(platformNode),
    groups,
    edges: addUp([...moving, ...allowedEdges(services, groups)]),
  }
}

function foldSilos(silos: readonly Deployment[], max: number, busiest: readonly string[]) {
  const byTenant = (a: Deployment, b: Deployment) => (a.tenant ?? '').localeCompare(b.tenant ?? '')
  if (silos.length <= max) return { drawn: silos.toSorted(byTenant), folded: [] }
  const rank = new Map(busiest.map((id, at) => [id, at]))
  const rankOf = ({ id }: Deployment) => rank.get(id) ?? Number.POSITIVE_INFINITY
  const inOrder = silos.toSorted((a, b) => Math.sign(rankOf(a) - rankOf(b)) || byTenant(a, b))
  return { drawn: inOrder.slice(0, max).sort(byTenant), folded: inOrder.slice(max) }
}

function drawnNode({ id, tenant, addresses }: Deployment): GraphNode {
  return {
    id,
    kind: tenant === null ? 'pool' : 'silo',
    text: tenant ?? 'pool',
    tenant,
    count: 1,
    isDown: addresses.length === 0,
  }
}

function foldedNode(service: string, folded: readonly Deployment[]): GraphNode {
  const { length: count } = folded
  const text = `+${count} ${count === 1 ? 'silo' : 'silos'}`
  const isDown = folded.some(({ addresses }) => addresses.length === 0)
  return { id: `${service}+silos`, kind: 'folded', text, tenant: null, count, isDown }
}

function platformNode(name: string): GraphNode {
  return { id: name, kind: 'platform', text: name, tenant: null, count: 1, isDown: false }
}

// Several gateways share a port, and are one to whoever comes by it.
function platformName(id: string): string {
  return id.startsWith('gateway') ? 'gateway' : id
}

function allowedEdges(services: Config['services'], groups: readonly GraphGroup[]): GraphEdge[] {
  const pools = new Map(groups.map(({ service, nodes }) => [service, nodes[0]?.id]))
  return Object.entries(services).flatMap(([service, { routes, calls, subscribes }]) => {
    const own = pools.get(service)
    if (own === undefined) return []
    const called = calls.flatMap((one) => pools.get(one) ?? [])
    return [
      ...(routes.length > 0 ? [{ from: 'gateway', to: own, perSecond: 0 }] : []),
      ...(subscribes.length > 0 ? [{ from: 'relay', to: own, perSecond: 0 }] : []),
      ...called.map((to) => ({ from: own, to, perSecond: 0 })),
    ]
  })
}

function addUp(edges: readonly GraphEdge[]): GraphEdge[] {
  const sums = new Map<string, GraphEdge>()
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`
    sums.set(key, { ...edge, perSecond: edge.perSecond + (sums.get(key)?.perSecond ?? 0) })
  }
  return [...sums.values()]
}
