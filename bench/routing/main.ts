import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPeers } from '../../tools/install-peers.ts'
import { nginxMissing } from '../../tools/start-ingress.ts'
import { type Bench, measureRow } from '../bench.ts'
import type { RowResult } from '../report.ts'
import { versionOf } from '../version-of.ts'
import { RoutingPlant } from './routing-plant.ts'
import { routingRows } from './routing-rows.ts'

const connections = 16

/** `npm run bench routing`: what the gateway does for a request, beside proxies that only forward it. */
export const bench: Bench = async ({ seconds, only, onRow }) => {
  installPeers(join(import.meta.dirname, '..'), { prismaSchema: 'schema.prisma' })
  const wanted = routingRows.filter(({ row }) => only === undefined || row === only)
  if (wanted.length === 0)
    throw new Error(`there is no row \`${only}\`: ${routingRows.map(({ row }) => row).join(', ')}`)
  const plant = await RoutingPlant.start()
  const rows: RowResult[] = []
  let memory = {}
  try {
    for (const row of wanted) {
      if (row.peer.startsWith('nginx') && nginxMissing) {
        console.error(`left out: ${row.row} (${nginxMissing})`)
        continue
      }
      const pair = await plant.open(row, { connections })
      const result = await measureRow(row, pair, { seconds, concurrency: connections })
      rows.push(result)
      onRow(result)
    }
    memory = plant.memory()
  } finally {
    await plant.stop()
  }
  return {
    rows,
    versions: {
      Node: process.version,
      undici: versionOf('undici'),
      fastify: versionOf('fastify'),
      '@fastify/http-proxy': versionOf('@fastify/http-proxy', { own: true }),
    },
    settings: { connections, 'seconds a row': seconds, ...memory },
    notes: readFileSync(join(import.meta.dirname, 'notes.md'), 'utf8'),
  }
}
