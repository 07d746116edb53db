import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Measured } from './measure.ts'

/** One row of a bench's table. `ours` and `peer` are transactions per second. */
export interface RowResult extends Measured {
  readonly row: string
  readonly title: string
  readonly goal: number
  readonly met: boolean
}

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
export function rowAsJson({ row, ours, peer, ratio, goal, met, quartiles }: RowResult): string {
  return JSON.stringify({
    row,
    ours: Math.round(ours),
    peer: Math.round(peer),
    ratio: round(ratio),
    quartiles: quartiles.map(round),
    goal,
    met,
  })
}

/** All rows as a table that reads well in a terminal and as Markdown. */
export function rowsAsTable(rows: readonly RowResult[]): string {
  const head = ['what', 'ours/s', 'peer/s', 'ratio', 'quartiles', 'goal', 'met']
  const cells = rows.map(({ title, ours, peer, ratio, quartiles, goal, met }) => [
    title,
    perSecond(ours),
    perSecond(peer),
    `${ratio.toFixed(2)}×`,
    quartiles.map((quartile) => quartile.toFixed(2)).join('–'),
    `≥ ${goal}`,
    met ? 'yes' : '**no**',
  ])
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

function perSecond(value: number): string {
  return value < 100 ? value.toFixed(1) : String(Math.round(value))
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
