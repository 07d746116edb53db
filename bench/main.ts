import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { describeMachine, type RowResult, rowAsJson, rowsAsTable, writeResults } from './report.ts'

const usage =
  'npm run bench <room> [-- --json] [-- --seconds <of each row>] [-- --only <row>] [-- --seed <number>]'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' },
    only: { type: 'string' },
    seed: { type: 'string', default: '20261123' },
  },
})
const [room = ''] = positionals
const seconds = Number(values.seconds)
const seed = Number(values.seed)
const file = join(import.meta.dirname, room, 'main.ts')
if (!/^[a-z]+$/.test(room) || !existsSync(file) || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error(usage)
  process.exit(2)
}

const { bench } = (await import(file)) as { bench: Bench }
const { rows, versions, settings, notes } = await bench({
  seconds,
  seed,
  ...(values.only !== undefined && { only: values.only }),
  onRow: (result) => console.log(values.json ? rowAsJson(result) : progress(result)),
})
if (!values.json) console.log(`\n${rowsAsTable(rows)}`)
// A part of the rows is for whoever is at work on them; results are of one whole run.
if (values.only === undefined) {
  const date = new Date().toISOString().slice(0, 10)
  const circumstances = { date, machine: describeMachine(), versions, seed, settings }
  writeResults(room, circumstances, rows, notes)
}

function progress(result: RowResult): string {
  const measured = 'kb' in result ? `${result.kb.toFixed(1)} kB` : `${result.ratio.toFixed(2)}×`
  return `${result.row.padEnd(24)} ${measured}`
}
