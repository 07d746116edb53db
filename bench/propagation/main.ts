import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPeers } from '../../tools/install-peers.ts'
import { type Bench, measureRow } from '../bench.ts'
import type { RowResult } from '../report.ts'
import { startBenchPostgres } from '../start-bench-postgres.ts'
import { RequestPlant } from './request-plant.ts'
import { requestRows } from './request-rows.ts'

const connections = 16
/** More than either side answers in a second on a machine of today. */
const perSecondMax = 12_000

/** `npm run bench propagation`: what a verified token costs a request. */
export const bench: Bench = async ({ seconds, only, onRow }) => {
  installPeers(join(import.meta.dirname, '..'), { prismaSchema: 'schema.prisma' })
  const wanted = requestRows.filter(({ row }) => only === undefined || row === only)
  if (wanted.length === 0)
    throw new Error(`there is no row \`${only}\`: ${requestRows.map(({ row }) => row).join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'))
  const { server, version, settings } = await startBenchPostgres()
  const plant = await RequestPlant.start(server, folder)
  const rows: RowResult[] = []
  try {
    for (const row of wanted) {
      const pair = await plant.open(row, { connections, tokens: Math.ceil((seconds / 2) * perSecondMax) })
      const result = await measureRow(row, pair, { seconds, concurrency: connections })
      rows.push(result)
      onRow(result)
    }
  } finally {
    await plant.stop()
    await server.stop()
    rmSync(folder, { recursive: true })
  }
  return {
    rows,
    versions: {
      Node: process.version,
      PostgreSQL: version,
      fastify: versionOf('../../node_modules', 'fastify'),
      '@fastify/jwt': versionOf('../node_modules', '@fastify/jwt'),
    },
    settings: { connections, 'seconds a row': seconds, ...settings },
    notes: readFileSync(join(import.meta.dirname, 'notes.md'), 'utf8'),
  }
}

function versionOf(modules: string, name: string): string {
  const file = join(import.meta.dirname, modules, name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
