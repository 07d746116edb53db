import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureRow } from '../bench.ts'
import type { RowResult } from '../report.ts'
import { startBenchPostgres } from '../start-bench-postgres.ts'
import { RequestPlant } from './request-plant.ts'
import { requestRows } from './request-rows.ts'

export const connections = 16
/** More than either side answers in a second on a machine of today. */
const perSecondMax = 12_000

/** Measures those of the request rows that are wanted. */
export async function measureRequests(
  wanted: (row: { readonly row: string }) => boolean,
  { seconds, onRow }: { seconds: number; onRow: (result: RowResult) => void },
): Promise<RowResult[]> {
  const own = requestRows.filter(wanted)
  if (own.length === 0) return []
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'))
  const { server } = await startBenchPostgres()
  const plant = await RequestPlant.start(server, folder)
  const rows: RowResult[] = []
  try {
    for (const row of own) {
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
  return rows
}
