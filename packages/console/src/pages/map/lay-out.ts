import type { Config } from '../../api/config.ts'
import type { Graph, GraphEdge } from './build-graph.ts'

/** Where something is drawn, in pixels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface LaidOut {
  readonly width: number
  readonly height: number
  /** By service. */
  readonly groups: ReadonlyMap<string, Box>
  /** By the node's id. */
  readonly nodes: ReadonlyMap<string, Box>
  readonly edges: readonly (GraphEdge & { readonly path: string })[]
}

const boxWidth = 196
const rowHeight = 30
const headHeight = 36
const groupGap = 28
const columnGapMin = 96
const margin = 6

/** In which column a service is drawn: the first, unless another one calls it; then after all who do. */
export function columnsOf(services: Config['services']): ReadonlyMap<string, number> {
  const callers = (name: string) =>
    Object.entries(services).flatMap(([caller, { calls }]) =>
      caller !== name && calls.includes(name) ? [caller] : [],
    )
  const columnOf = (name: string, seen: readonly string[] = []): number =>
    seen.includes(name)
      ? 0
      : 1 + Math.max(0, ...callers(name).map((caller) => columnOf(caller, [...seen, name])))
  return new Map(Object.keys(services).map((name) => [name, columnOf(name)]))
}

/** Places the platform at the left and services in columns to its right, and draws a way for every edge. */
export function layOut(graph: Graph, services: Config['services'], widthWanted: number): LaidOut {
  const columns = columnsOf(services)
  const count = Math.max(1, ...columns.values()) + 1
  const width = Math.max(widthWanted, count * boxWidth + (count - 1) * columnGapMin + 2 * margin)
  const step = (width - 2 * margin - boxWidth) / Math.max(1, count - 1)
  const groups = new Map<string, Box>()
  const nodes = new Map<string, Box>()
  const heights = Array.from({ length: count }, () => margin)

  for (const { service, nodes: own } of graph.groups) {
    const column = columns.get(service) ?? 1
    const [x, y] = [margin + column * step, heights[column] ?? margin]
    const height = headHeight + own.length * rowHeight + 8
    groups.set(service, { x, y, width: boxWidth, height })
    own.forEach(({ id }, at) => {
      nodes.set(id, {
        x: x + 6,
        y: y + headHeight + at * rowHeight,
        width: boxWidth - 12,
        height: rowHeight - 4,
      })
    })
    heights[column] = y + height + groupGap
  }
  const tallest = Math.max(...heights) - groupGap
  const height = Math.max(tallest, graph.platform.length * 72) + margin
  centre(groups, nodes, graph, columns, heights, height)
  graph.platform.forEach(({ id }, at) => {
    const y = (height / (graph.platform.length + 1)) * (at + 1) - 22
    nodes.set(id, { x: margin, y, width: boxWidth - 56, height: 44 })
  })
  const edges = graph.edges.flatMap((edge) => {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)]
    return from && to ? [{ ...edge, path: pathBetween(from, to, [...groups.values()]) }] : []
  })
  return { width, height, groups, nodes, edges }
}

// A shorter column stands in the middle.
function centre(
  groups: Map<string, Box>,
  nodes: Map<string, Box>,
  graph: Graph,
  columns: ReadonlyMap<string, number>,
  heights: readonly number[],
  height: number,
): void {
  for (const { service, nodes: own } of graph.groups) {
    const used = (heights[columns.get(service) ?? 1] ?? 0) - groupGap
    const down = Math.max(0, (height - margin - used) / 2)
    const moved = (box: Box | undefined) => box && { ...box, y: box.y + down }
    const box = moved(groups.get(service))
    if (box) groups.set(service, box)
    for (const { id } of own) {
      const row = moved(nodes.get(id))
      if (row) nodes.set(id, row)
    }
  }
}

/** A curve from the right side of one box to the left side of another, that goes between what lies in its way. */
function pathBetween(from: Box, to: Box, boxes: readonly Box[]): string {
  const start = { x: from.x + from.width, y: from.y + from.height / 2 }
  const end = { x: to.x, y: to.y + to.height / 2 }
  if (end.x <= start.x) return loopBetween(start, end)
  const between = boxes.filter(({ x, width }) => x > start.x && x + width < end.x)
  const columns = [...new Set(between.map(({ x }) => x))].sort((a, b) => a - b)
  const stops = columns.flatMap((x) => {
    const column = between.filter((box) => box.x === x)
    const straight = start.y + ((x + boxWidth / 2 - start.x) / (end.x - start.x)) * (end.y - start.y)
    const y = freeRoom(column, straight)
    return [
      { x, y },
      { x: x + boxWidth, y },
    ]
  })
  let path = `M${start.x} ${round(start.y)}`
  let at = start
  for (const stop of [...stops, end]) {
    const bend = (stop.x - at.x) / 2
    path += `C${round(at.x + bend)} ${round(at.y)} ${round(stop.x - bend)} ${round(stop.y)} ${round(stop.x)} ${round(stop.y)}`
    at = stop
  }
  return path
}

/** The height nearest to `wanted` at which a line passes a column between its boxes, or over or under all of them. */
function freeRoom(column: readonly Box[], wanted: number): number {
  const inOrder = column.toSorted((a, b) => a.y - b.y)
  const rooms = inOrder.map(({ y, height }) => y + height + groupGap / 2)
  const first = inOrder[0]
  if (first) rooms.unshift(Math.max(2, first.y - groupGap / 2))
  return rooms.reduce(
    (best, room) => (Math.abs(room - wanted) < Math.abs(best - wanted) ? room : best),
    rooms[0] ?? wanted,
  )
}

// Back to the left, or down the same column: out at the right side and in at the left would cross everything.
function loopBetween(start: { x: number; y: number }, end: { x: number; y: number }): string {
  const side = start.x + 44
  const landing = end.x + boxWidth - 12
  return `M${round(start.x)} ${round(start.y)}C${round(side)} ${round(start.y)} ${round(side)} ${round(end.y)} ${round(landing)} ${round(end.y)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
