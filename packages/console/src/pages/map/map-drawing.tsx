import { useMemo, useState } from 'react'
import type { Config } from '../../api/config.ts'
import type { Snapshot } from '../../api/snapshot.ts'
import { useWidth } from '../../charts/use-width.ts'
import { formatRate } from '../../format/numbers.ts'
import type { Graph } from './build-graph.ts'
import { EdgeLine } from './edge-line.tsx'
import { layOut } from './lay-out.ts'
import { NodeBox } from './node-box.tsx'

interface MapDrawingProps {
  readonly graph: Graph
  readonly services: Config['services']
  readonly snapshot: Snapshot | null
  readonly onUnfold: () => void
}

/** The graph, drawn: lines as SVG, and over them what can be followed and pointed at. */
export function MapDrawing({ graph, services, snapshot, onUnfold }: MapDrawingProps) {
  const [frame, width] = useWidth<HTMLElement>()
  const [pointed, setPointed] = useState<string | null>(null)
  const { nodes, groups, edges, ...size } = useMemo(
    () => layOut(graph, services, width),
    [graph, services, width],
  )
  const incoming = useMemo(() => ratesByTarget(graph), [graph])
  const figures = useMemo(() => new Map(snapshot?.deployments.map((one) => [one.id, one])), [snapshot])
  const point = (id: string | null) => setPointed(id)
  return (
    <section className="panel map" aria-label="Map of services" ref={frame}>
      {width > 0 && (
        <div className={`map-plane ${pointed ? 'has-pointed' : ''}`} style={size}>
          <svg aria-hidden="true" {...size}>
            {edges.map((edge) => (
              <EdgeLine
                key={`${edge.from} ${edge.to}`}
                edge={edge}
                isPointed={pointed !== null && (edge.from === pointed || edge.to === pointed)}
              />
            ))}
          </svg>
          {graph.groups.map(({ service, nodes: own }) => (
            <div key={service} className="map-group" style={styleOf(groups.get(service))}>
              <h2>{service}</h2>
              <span className="number">
                {rateOf(own.reduce((sum, { id }) => sum + (incoming.get(id) ?? 0), 0))}
              </span>
            </div>
          ))}
          {[...graph.platform, ...graph.groups.flatMap((group) => group.nodes)].map((node) => (
            <NodeBox
              key={node.id}
              node={node}
              style={styleOf(nodes.get(node.id))}
              perSecond={incoming.get(node.id) ?? 0}
              figures={figures.get(node.id)}
              onPoint={point}
              onUnfold={onUnfold}
            />
          ))}
        </div>
      )}
    </section>
  )
}

function ratesByTarget({ edges }: Graph): ReadonlyMap<string, number> {
  const rates = new Map<string, number>()
  for (const { to, perSecond } of edges) rates.set(to, (rates.get(to) ?? 0) + perSecond)
  return rates
}

function styleOf(box: { x: number; y: number; width: number; height: number } | undefined) {
  return box && { left: box.x, top: box.y, width: box.width, height: box.height }
}

function rateOf(perSecond: number): string {
  return perSecond > 0 ? `${formatRate(perSecond)}/s` : ''
}
