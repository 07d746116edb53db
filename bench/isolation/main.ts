import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPeers } from '../../tools/install-peers.ts'
import { type Bench, measureRow } from '../bench.ts'
import type { RowResult } from '../report.ts'
import { startBenchPostgres } from '../start-bench-postgres.ts'
import { versionOf } from '../version-of.ts'
import { rowsAgainstOrms } from './against-orms.ts'
import { rowsAgainstPlainPg } from './against-plain-pg.ts'
import { createBenchDatabase } from './bench-database.ts'
import { rowsOfMany } from './rows-of-many.ts'
import { fullSizes } from './sizes.ts'

const poolMax = 8
const concurrency = 16
const peers = ['drizzle-orm', 'knex', 'kysely', '@prisma/client', '@prisma/adapter-pg']

/** `npm run bench isolation`: what the leases and policies cost, against doing without and against others' ways. */
export const bench: Bench = async ({ seconds, seed, only, onRow }) => {
  installPeers(join(import.meta.dirname, '..'), { prismaSchema: 'schema.prisma' })
  const rows = [...rowsAgainstPlainPg, ...rowsOfMany, ...(await rowsAgainstOrms())]
  const wanted = rows.filter(({ row }) => only === undefined || row === only)
  if (wanted.length === 0)
    throw new Error(`there is no row \`${only}\`: ${rows.map(({ row }) => row).join(', ')}`)

  const { server, settings, version } = await startBenchPostgres()
  const results: RowResult[] = []
  try {
    const database = await createBenchDatabase(server, { sizes: fullSizes, seed, poolMax })
    try {
      for (const row of wanted) {
        const { close, ...pair } = await row.open(database)
        const pace = { seconds, concurrency: row.concurrency ?? concurrency }
        const result = await measureRow(row, pair, pace).finally(close)
        results.push(result)
        onRow(result)
      }
    } finally {
      await database.remove()
    }
  } finally {
    await server.stop()
  }
  return {
    rows: results,
    versions: {
      PostgreSQL: version,
      Node: process.version,
      pg: versionOf('pg'),
      ...peerVersions(),
    },
    settings: { ...settings, connections: poolMax, 'in flight': concurrency, 'seconds a row': seconds },
    notes: readFileSync(join(import.meta.dirname, 'notes.md'), 'utf8'),
  }
}

function peerVersions(): Record<string, string> {
  return Object.fromEntries(peers.map((name) => [name, versionOf(name, { own: true })]))
}
