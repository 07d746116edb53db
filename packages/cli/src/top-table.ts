import type { LiveSnapshot } from '@tenantry/platform'
import { type Piece, pieceLine } from './piece-line.ts'
import type { ScreenSize } from './screen-size.ts'
import { bold, cyan, dim, yellow } from './styles.ts'
import { type LiveTenant, type TopColumn, topColumns } from './top-columns.ts'
import type { TopView } from './top-view.ts'

/** Figures change each second, and columns stand still. */
const figureWidth = 8
const gap = '  '
const names = Object.keys(topColumns) as TopColumn[]

/** The tenants that the filter leaves, in the order of the view; those of them that have no room are counted. */
export function tenantLines(
  { tenants, tenantsActive, loud }: LiveSnapshot,
  { sort, filter }: TopView,
  { columns, rows }: ScreenSize,
): string[] {
  const found = tenants.filter(({ id }) => id.includes(filter)).sort(topColumns[sort].order)
  if (found.length === 0)
    return [
      pieceLine(
        [[filter === '' ? 'no tenant does anything' : `no tenant with \`${filter}\` does anything`, dim]],
        columns,
      ),
    ]
  // Of the quietest the control plane says only how many there are.
  const all = filter === '' ? Math.max(tenantsActive, found.length) : found.length
  const room = Math.max(0, rows - 1)
  const shown = found.slice(0, all > room ? Math.max(0, room - 1) : room)
  const widths = widthsOf(found, sort, columns)
  const isLoud = new Set(loud.map(({ tenant }) => tenant))
  const lines = [
    lineOf(widths, columns, (name) => [headOf(name, sort), name === sort ? cyan : bold]),
    ...shown.map((tenant) =>
      lineOf(widths, columns, (name) => [
        topColumns[name].cell(tenant),
        isLoud.has(tenant.id) ? yellow : undefined,
      ]),
    ),
  ]
  if (shown.length < all) lines.push(pieceLine([[`… ${all - shown.length} more`, dim]], columns))
  return lines
}

/** The columns that there is room for, and their widths: the one that is sorted by and the tenant's are always among them. */
function widthsOf(tenants: readonly LiveTenant[], sort: TopColumn, columns: number): Map<TopColumn, number> {
  const widthOf = (name: TopColumn) =>
    topColumns[name].isFigure
      ? figureWidth
      : Math.max(headOf(name, name).length, ...tenants.map((tenant) => topColumns[name].cell(tenant).length))
  const rankOf = (name: TopColumn) => (name === sort ? 0 : topColumns[name].rank)
  let room = columns + gap.length
  const chosen = new Map<TopColumn, number>()
  for (const name of names.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    const needed = widthOf(name) + gap.length
    if (needed > room && rankOf(name) > 0) continue
    chosen.set(name, widthOf(name))
    room -= needed
  }
  // A long name leaves room for what is sorted by.
  const others = [...chosen].reduce(
    (sum, [name, width]) => (name === 'tenant' ? sum : sum + width + gap.length),
    0,
  )
  chosen.set('tenant', Math.max(1, Math.min(chosen.get('tenant') ?? 0, columns - others)))
  return new Map(names.flatMap((name) => (chosen.has(name) ? [[name, chosen.get(name) ?? 0] as const] : [])))
}

function lineOf(
  widths: Map<TopColumn, number>,
  columns: number,
  pieceOf: (name: TopColumn) => readonly [text: string, style: Piece[1] | undefined],
): string {
  const pieces: Piece[] = []
  for (const [name, width] of widths) {
    const [text, style] = pieceOf(name)
    const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text
    const padded = topColumns[name].isFigure ? cut.padStart(width) : cut.padEnd(width)
    pieces.push([`${pieces.length > 0 ? gap : ''}${padded}`, style])
  }
  return pieceLine(pieces, columns)
}

function headOf(name: TopColumn, sort: TopColumn): string {
  return name === sort ? `${topColumns[name].head}▾` : topColumns[name].head
}
