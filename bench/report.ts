import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Measured } from './measure.ts'

interface Row {
  readonly row: string
  readonly title: string
  /** Null for a row that is there to be read beside others. */
  readonly goal: number | null
  readonly met: boolean | null
}

/** One row of a bench's table. `ours` and `peer` are transactions per second, and the goal is the least ratio. */
export interface RateResult extends Row, Measured {}

/** How long something took, in milliseconds. */
export interface Delay {
  readonly p50: number
  readonly p95: number
}

/** One row of a bench's second table. The goal is the longest `p50` of ours, whatever the peer's is. */
export interface DelayResult extends Row {
  readonly ours: Delay
  readonly peer: Delay
  /** Ours to the peer's, by `p50`: less is faster. */
  readonly ratio: number
}

/** One row of a bench's third table: how much is sent, with nobody beside it. The goal is the most. */
export interface SizeResult extends Row {
  readonly goal: number
  /** In units of 1,000 bytes. */
  readonly kb: number
}

export type RowResult = RateResult | DelayResult | SizeResult

/** What a bench was run on and with. */
export interface Circumstances {
  readonly date: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly seed: number
  readonly settings: Readonly<Record<string, string | number>>
}

/** The machine as a reader can compare it: processors, memory, system. */
export function describeMachine(): string {
  const [first] = cpus()
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${gibibytes} GiB, ${process.platform} ${process.arch}`
}

/** One row as a JSON object for machines. */
export function rowAsJson(result: RowResult): string {
  if (isSize(result)) {
    const { row, kb, goal, met } = result
    return JSON.stringify({ row, unit: 'kB', ours: round(kb), peer: null, ratio: null, goal, met })
  }
  const { row, ratio, goal, met } = result
  const measured = isDelay(result)
    ? { unit: 'ms', ...roundDelays(result) }
    : { ours: Math.round(result.ours), peer: Math.round(result.peer) }
  const quartiles = isDelay(result) ? {} : { quartiles: result.quartiles.map(round) }
  return JSON.stringify({ row, ...measured, ratio: round(ratio), ...quartiles, goal, met })
}

/** All rows as tables that read well in a terminal and as Markdown: what is counted per second, what takes its time, and what is sent. */
export function rowsAsTable(rows: readonly RowResult[]): string {
  const delays = rows.filter(isDelay)
  const sizes = rows.filter(isSize)
  const rates = rows.filter((row): row is RateResult => !isDelay(row) && !isSize(row))
  return [
    ...(rates.length > 0 ? [ratesAsTable(rates)] : []),
    ...(delays.length > 0 ? [delaysAsTable(delays)] : []),
    ...(sizes.length > 0 ? [sizesAsTable(sizes)] : []),
  ].join('\n\n')
}

function ratesAsTable(rows: readonly RateResult[]): string {
  const head = ['what', 'ours/s', 'peer/s', 'ratio', 'quartiles', 'goal', 'met']
  const cells = rows.map(({ title, ours, peer, ratio, quartiles, goal, met }) => [
    title,
    perSecond(ours),
    perSecond(peer),
    `${ratio.toFixed(2)}×`,
    quartiles.map((quartile) => quartile.toFixed(2)).join('–'),
    goal === null ? '' : `≥ ${goal}`,
    verdict(met),
  ])
  return asTable(head, cells)
}

function delaysAsTable(rows: readonly DelayResult[]): string {
  const head = ['what', 'ours, p50', 'p95', 'peer, p50', 'p95', 'goal', 'met']
  const cells = rows.map(({ title, ours, peer, goal, met }) => [
    title,
    ...[ours.p50, ours.p95, peer.p50, peer.p95].map((ms) => `${ms.toFixed(1)} ms`),
    `≤ ${goal} ms`,
    verdict(met),
  ])
  return asTable(head, cells)
}

function sizesAsTable(rows: readonly SizeResult[]): string {
  const cells = rows.map(({ title, kb, goal, met }) => [
    ...[title, `${kb.toFixed(1)} kB`, `≤ ${goal} kB`, verdict(met)],
  ])
  return asTable(['what', 'ours', 'goal', 'met'], cells)
}

function verdict(met: boolean | null): string {
  if (met === null) return ''
  return met ? 'yes' : '**no**'
}

function asTable(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...cells.map(line)].join(
    '\n',
  )
}

/** Writes `results/<bench>.json` and `results/<bench>.md`. */
export function writeResults(
  bench: string,
  circumstances: Circumstances,
  rows: readonly RowResult[],
  notes: string,
): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const results = { ...circumstances, rows: rows.map((row) => JSON.parse(rowAsJson(row)) as unknown) }
  writeFileSync(join(folder, `${bench}.json`), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(folder, `${bench}.md`), asMarkdown(bench, circumstances, rows, notes))
}

function asMarkdown(
  bench: string,
  circumstances: Circumstances,
  rows: readonly RowResult[],
  notes: string,
): string {
  const { date, machine, versions, seed, settings } = circumstances
  const list = (values: Readonly<Record<string, string | number>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')
  return `# \`npm run bench ${bench}\`

${date}, on ${machine}.
Versions: ${list(versions)}. Seed: ${seed}.
Settings: ${list(settings)}.

${rowsAsTable(rows)}

${notes.trim()}
`
}

function isDelay(result: RowResult): result is DelayResult {
  return 'ours' in result && typeof result.ours === 'object'
}

function isSize(result: RowResult): result is SizeResult {
  return 'kb' in result
}

function roundDelays({ ours, peer }: DelayResult): Record<string, number> {
  return { ours: round(ours.p50), peer: round(peer.p50), oursP95: round(ours.p95), peerP95: round(peer.p95) }
}

function perSecond(value: number): string {
  return value < 100 ? value.toFixed(1) : String(Math.round(value))
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
