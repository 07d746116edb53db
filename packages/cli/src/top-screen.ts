import type { LiveSnapshot, LoudTenant } from '@tenantry/platform'
import type { LiveState } from './follow-live.ts'
import { type Piece, pieceLine } from './piece-line.ts'
import { plainText } from './plain-text.ts'
import type { ScreenSize } from './screen-size.ts'
import { bold, cyan, dim, red, yellow } from './styles.ts'
import { describeCores, describeMs, describeRate } from './top-columns.ts'
import { tenantLines } from './top-table.ts'
import type { TopView } from './top-view.ts'

const keys = 'q quit  s sort  / filter'
const whats: Record<LoudTenant['what'], string> = {
  requests: 'requests',
  connections: 'database connections',
  cpu: 'processor time',
  events: 'events',
}

/**
 * What happens now as lines, none wider than the screen and not more than it has: the moment and its figures, who is loud, and the tenants. It says so where
 * not all are shown, and when what is shown is not of now.
 */
export function topScreen({ snapshot, away }: LiveState, view: TopView, size: ScreenSize): string[] {
  const lines = [titleLine({ snapshot, away }, view, size)]
  if (snapshot) {
    const loud = loudLines(snapshot.loud, size)
    lines.push(...figureLines(snapshot, size), ...(loud.length > 0 ? ['', ...loud] : []), '')
    lines.push(...tenantLines(snapshot, view, { columns: size.columns, rows: size.rows - lines.length }))
  }
  return lines.slice(0, size.rows)
}

function titleLine(
  { snapshot, away }: LiveState,
  { filter, isTyping }: TopView,
  { columns, rows }: ScreenSize,
): string {
  const pieces: Piece[] = [['tenantry top', bold]]
  if (snapshot) pieces.push([`  ${timeOf(snapshot.atMs)} UTC`])
  if (filter !== '' || isTyping) pieces.push([`  /${filter}${isTyping ? '_' : ''}`, cyan])
  if (away) pieces.push([`  away since ${timeOf(away.sinceMs)}: ${plainText(away.why)}`, red])
  else if (!snapshot) pieces.push(['  waiting for the first second', dim])
  // What is printed once takes no keys.
  if (!away && rows !== Number.POSITIVE_INFINITY) pieces.push([`  ${keys}`, dim])
  return pieceLine(pieces, columns)
}

function figureLines({ total, tenantsActive }: LiveSnapshot, { columns }: ScreenSize): string[] {
  const figures = [
    ['requests/s', describeRate(total.requestsPerSecond)],
    ['errors/s', describeRate(total.errorsPerSecond)],
    ['limited/s', describeRate(total.limitedPerSecond)],
    ['p95 ms', describeMs(total.p95Ms)],
    ['cores', describeCores(total.cpuCores)],
    ['database ms/s', describeRate(total.databaseMsPerSecond)],
    ['events/s', describeRate(total.eventsPerSecond)],
    ['tenants', String(tenantsActive)],
  ] as const
  const lines: Piece[][] = [[]]
  let width = 0
  for (const [name, value] of figures) {
    const needed = name.length + value.length + 1
    const gap = width === 0 ? '' : '   '
    // As many as there is room for, and at most four beside each other: so they stand still while their digits change.
    const isFull = width + gap.length + needed > columns || (lines.at(-1)?.length ?? 0) >= 8
    if (isFull && width > 0) lines.push([])
    width = isFull ? needed : width + gap.length + needed
    lines.at(-1)?.push([`${isFull ? '' : gap}${name} `, dim], [value, bold])
  }
  return lines.map((pieces) => pieceLine(pieces, columns))
}

function loudLines(loud: LiveSnapshot['loud'], { columns, rows }: ScreenSize): string[] {
  const shown = loud.length > rows / 4 ? loud.slice(0, Math.max(1, Math.floor(rows / 4) - 1)) : loud
  const lines = shown.map(({ tenant, what, share, fair }) => {
    const much = `  ${percent(share)} of ${whats[what] ?? plainText(what)} (fair: ${percent(fair)})`
    return pieceLine([['loud  ', yellow], [plainText(tenant), bold], [much]], columns)
  })
  if (shown.length < loud.length)
    lines.push(pieceLine([[`… ${loud.length - shown.length} more are loud`, dim]], columns))
  return lines
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
